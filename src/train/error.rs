use std::io;
use std::path::{Path, PathBuf};

use serde_json::Value;
use thiserror::Error;
use torch_twin::optim::lr_scheduler::LrSchedulerError;
use torch_twin::optim::{OptimizerError, OptimizerStateError};
use torch_twin::weights::WeightsError;
use torch_twin::{GeneratorStateError, TorchError, printable};

use crate::variant::ValueError;

/// Why a step of training failed.
#[derive(Debug, Error)]
pub enum TrainError {
    /// The loss is infinite or not a number.
    #[error(
        "the loss is {loss} in epoch {epoch}, step {step}, at the learning rate {lr}: \
         training has diverged; a lower learning rate may help"
    )]
    Loss {
        /// The epoch's number, from 1.
        epoch: u32,
        /// The step's number in its epoch, from 1.
        step: usize,
        /// The learning rate of that step.
        lr: f64,
        /// The loss.
        loss: f64,
    },
    /// Weights are infinite or not a number.
    #[error(
        "weights are no longer finite in epoch {epoch}, after step {step}, at the learning rate \
         {lr}: training has diverged; a lower learning rate may help"
    )]
    Weights {
        /// The epoch's number, from 1.
        epoch: u32,
        /// The step's number in its epoch, from 1.
        step: usize,
        /// The learning rate of that step.
        lr: f64,
    },
    /// The loss on the images held out is infinite or not a number.
    #[error(
        "the loss on the images held out is {loss} after epoch {epoch}, at the learning rate {lr}: \
         training has diverged; a lower learning rate may help"
    )]
    ValidationLoss {
        /// The epoch's number, from 1.
        epoch: u32,
        /// The learning rate that follows.
        lr: f64,
        /// The loss.
        loss: f64,
    },
    /// The schedule of the learning rate.
    #[error(transparent)]
    LrScheduler(#[from] LrSchedulerError),
    /// The recipe's options are out of their range.
    #[error("the optimiser: {0}")]
    Optimizer(#[from] OptimizerError),
    /// A failure inside libtorch.
    #[error(transparent)]
    Torch(#[from] TorchError),
}

/// Settings that no run can have, or none on these images.
#[derive(Debug, Error)]
pub enum SettingsError {
    /// A value is out of its range, or does not go with the others.
    #[error(transparent)]
    Value(#[from] ValueError),
    /// A setting goes by the images held out, and there are none.
    #[error("{name}: {value} is not possible without images held out")]
    NothingHeldOut {
        /// The setting, as in `run.json`.
        name: &'static str,
        /// Its value.
        value: String,
    },
    /// No image is left to train on.
    #[error(
        "{held_out} images held out leave nothing to train on: there are {images} training images"
    )]
    AllHeldOut {
        /// How many were to be held out.
        held_out: usize,
        /// How many there are.
        images: usize,
    },
    /// An epoch's last batch is too small for the network.
    #[error(
        "the last of an epoch's batches would have {last} of the {images} training images, and \
         {variant} trains on {least} at once at the least"
    )]
    SmallBatch {
        /// The network's variant.
        variant: &'static str,
        /// The fewest images that it can be trained on at once.
        least: usize,
        /// Images in the last batch.
        last: usize,
        /// Images of an epoch.
        images: usize,
    },
    /// A failure inside libtorch.
    #[error(transparent)]
    Torch(#[from] TorchError),
}

/// Why a checkpoint cannot be used.
#[derive(Debug, Error)]
pub enum CheckpointError {
    /// The file cannot be read or written, is not safetensors, or holds other weights.
    #[error(transparent)]
    Weights(#[from] WeightsError),
    /// The file is no checkpoint of this version.
    #[error("{0}")]
    Malformed(String),
    /// The checkpoint's settings are none.
    #[error(transparent)]
    Settings(#[from] SettingsError),
    /// The schedule of the learning rate.
    #[error(transparent)]
    LrScheduler(#[from] LrSchedulerError),
    /// The optimiser's state is not that of its parameters.
    #[error("the optimiser's state: {0}")]
    Optimizer(#[from] OptimizerStateError),
    /// The generator's state is none.
    #[error("the generator's state: {0}")]
    Generator(#[from] GeneratorStateError),
    /// A tensor that every training of this kind has.
    #[error("the tensor {0} is missing")]
    Missing(String),
    /// A tensor that no training has.
    #[error("the tensor {0} is none of a training's")]
    Unexpected(String),
    /// The optimiser has not taken as many steps as the training.
    #[error("the tensor {0} is not the training's count of steps")]
    Step(String),
    /// A place that the training does not have.
    #[error("step {step} of epoch {} is beyond the training's end", epoch + 1)]
    Progress {
        /// Whole epochs done.
        epoch: u32,
        /// Steps done after them.
        step: usize,
    },
    /// A failure inside libtorch.
    #[error(transparent)]
    Torch(#[from] TorchError),
}

/// Why a [`Run`](super::Run) cannot begin, go on or be kept.
#[derive(Debug, Error)]
pub enum RunError {
    /// A step failed.
    #[error(transparent)]
    Train(#[from] TrainError),
    /// The folder holds a run already.
    #[error("{} holds a run already ({file})", shown(path))]
    Taken {
        /// The folder.
        path: PathBuf,
        /// The file that shows it.
        file: String,
    },
    /// Another process has the folder.
    #[error(
        "{}: another run is writing there; wait for its end, or name another folder",
        shown(path)
    )]
    Locked {
        /// The folder.
        path: PathBuf,
    },
    /// The folder holds no checkpoint.
    #[error("{} holds no checkpoint", shown(path))]
    NoCheckpoint {
        /// The folder.
        path: PathBuf,
    },
    /// The folder or a file in it cannot be read or written.
    #[error("cannot use {}", shown(path))]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The weights cannot be written.
    #[error("{}", shown(path))]
    Weights {
        /// The file.
        path: PathBuf,
        /// Why not.
        source: WeightsError,
    },
    /// A checkpoint cannot be read or written.
    #[error("{}", shown(path))]
    Checkpoint {
        /// The file.
        path: PathBuf,
        /// Why not.
        source: CheckpointError,
    },
    /// A checkpoint that is not of this run.
    #[error(transparent)]
    Restore(#[from] CheckpointError),
    /// Other settings than the run began with.
    #[error("a run goes on with the settings that it began with: {}", changes(.0))]
    OtherSettings(Vec<SettingChange>),
    /// Another number of epochs, where that decides the learning rates from the first epoch on.
    #[error(
        "epochs is {here} in the run, {there} now, and its learning rate is spread over all epochs: {schedule}. \
         A run of {there} has other learning rates from its first epoch on"
    )]
    SpreadSchedule {
        /// Epochs of the run.
        here: u32,
        /// Epochs asked for.
        there: u32,
        /// The schedule in words.
        schedule: String,
    },
    /// Fewer epochs than the run has behind it.
    #[error("epochs: {asked} is less than the run has behind it, which is {done}")]
    TooFewEpochs {
        /// Epochs asked for.
        asked: u32,
        /// Epochs done, or begun.
        done: u32,
    },
    /// Other data than the run was trained on.
    #[error(
        "the run was trained on other data: its SHA-256 is {saved}, that of the data given is {given}"
    )]
    OtherData {
        /// Digest of the run's own data.
        saved: String,
        /// Digest of the data given.
        given: String,
    },
    /// Another libtorch, CPU, number of threads or device.
    #[error("the run would not end with the bits that it would have had ({})", .0.join("; "))]
    OtherEnvironment(Vec<String>),
    /// The [`Observer`](super::Observer) failed.
    #[error("how the run goes cannot be told")]
    Observer(#[from] io::Error),
    /// A failure inside libtorch.
    #[error(transparent)]
    Torch(#[from] TorchError),
}

impl RunError {
    /// What the system said of `path`.
    pub(super) fn at(path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::Io { path, source }
    }
}

/// A setting in which two runs differ.
#[derive(Debug, PartialEq)]
pub struct SettingChange {
    /// The setting, as in `run.json`.
    pub name: String,
    /// Its value in the one run.
    pub here: Value,
    /// Its value in the other.
    pub there: Value,
}

fn changes(changes: &[SettingChange]) -> String {
    let changes = changes.iter().map(|change| {
        let SettingChange { name, here, there } = change;
        format!("{name} is {here} in the run, {there} now")
    });
    changes.collect::<Vec<_>>().join("; ")
}

fn shown(path: &Path) -> String {
    printable(&path.to_string_lossy())
}
