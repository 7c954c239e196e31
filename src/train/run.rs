use std::collections::BTreeMap;

use thiserror::Error;

use super::{
    Best, Checkpoint, EpochMetrics, Header, Progress, RestoreError, RunFolder, RunFolderError,
    Step, TrainError, Trainer,
};
use crate::TorchError;
use crate::data::Split;
use crate::model::Network;

/// A training with the folder that it is kept in.
///
/// Whatever ends the process, what the newest checkpoint in the folder has not seen is trained
/// again, and comes out the same.
pub struct Run<'a> {
    /// The training.
    pub trainer: Trainer<'a>,
    /// Where it is kept.
    pub folder: RunFolder,
    /// Images that are held out to tell the best epoch.
    validation: Option<&'a Split>,
    /// What stands in the next checkpoint, but for the progress.
    header: Header,
    /// What the weights files say of themselves.
    metadata: BTreeMap<String, String>,
    /// Steps between two checkpoints within an epoch.
    checkpoint_every: Option<u64>,
}

/// What a [`Run`] leaves; the images that it was trained on are let go.
pub struct Trained {
    /// The network.
    pub network: Box<dyn Network>,
    /// How far it was trained.
    pub progress: Progress,
    /// What stood in the run's checkpoints beside the progress.
    pub header: Header,
    /// Where the run is kept.
    pub folder: RunFolder,
    /// What the weights files say of themselves.
    pub metadata: BTreeMap<String, String>,
}

/// Told how a [`Run`] goes, and asked whether it is to stop.
pub trait Observer {
    /// A step was done in the epoch of this number, from 1.
    fn step(&mut self, epoch: u32, step: &Step);
    /// An epoch was done, and is in a checkpoint.
    ///
    /// # Errors
    /// Whatever is to stop the run.
    fn epoch(&mut self, metrics: &EpochMetrics) -> std::io::Result<()>;
    /// Whether to stop after the current step.
    fn is_interrupted(&self) -> bool;
}

/// How a [`Run`] ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// All epochs are done.
    Finished,
    /// It was interrupted, and can go on from its newest checkpoint.
    Interrupted,
}

/// Why a [`Run`] failed.
#[derive(Debug, Error)]
pub enum RunError {
    /// A step failed.
    #[error(transparent)]
    Train(#[from] TrainError),
    /// The folder cannot be written.
    #[error(transparent)]
    Folder(#[from] RunFolderError),
    /// The [`Observer`] failed.
    #[error(transparent)]
    Observer(#[from] std::io::Error),
}

impl From<TorchError> for RunError {
    fn from(error: TorchError) -> Self {
        Self::Train(error.into())
    }
}

/// What a [`Run`] works on, and how.
pub struct RunOptions<'a> {
    /// The training, as it begins.
    pub trainer: Trainer<'a>,
    /// Images that are held out to tell the best epoch.
    pub validation: Option<&'a Split>,
    /// Steps between two checkpoints within an epoch; none writes them between epochs only.
    pub checkpoint_every: Option<u64>,
    /// What the weights files say of themselves.
    pub metadata: BTreeMap<String, String>,
}

impl<'a> Run<'a> {
    /// A run from the beginning, with a checkpoint of that.
    ///
    /// # Errors
    /// A folder that cannot be written, and what libtorch refuses.
    pub fn start(
        options: RunOptions<'a>,
        folder: RunFolder,
        header: Header,
    ) -> Result<Self, RunError> {
        let run = Self::new(options, folder, header);
        run.save_checkpoint()?;
        Ok(run)
    }

    /// A run that goes on from `checkpoint`.
    ///
    /// # Errors
    /// A checkpoint that is not of this run, and what libtorch refuses.
    pub fn resume(
        options: RunOptions<'a>,
        folder: RunFolder,
        checkpoint: Checkpoint,
    ) -> Result<Self, RestoreError> {
        let Checkpoint { header, tensors } = checkpoint;
        let progress = header.progress.clone();
        let mut run = Self::new(options, folder, header);
        run.trainer.restore(&progress, &tensors)?;
        Ok(run)
    }

    fn new(options: RunOptions<'a>, folder: RunFolder, header: Header) -> Self {
        let RunOptions {
            trainer,
            validation,
            checkpoint_every,
            metadata,
        } = options;
        Self {
            trainer,
            folder,
            validation,
            header,
            metadata,
            checkpoint_every,
        }
    }

    /// What stands in the run's checkpoints beside the progress.
    pub fn header(&self) -> &Header {
        &self.header
    }

    /// Ends the training.
    pub fn into_trained(self) -> Trained {
        Trained {
            progress: self.trainer.progress().clone(),
            network: self.trainer.into_network(),
            header: self.header,
            folder: self.folder,
            metadata: self.metadata,
        }
    }

    /// Trains to the last epoch, or until interrupted.
    ///
    /// # Errors
    /// A training that diverges, a folder that cannot be written, and what libtorch refuses. The
    /// newest checkpoint is then from before that.
    pub fn train(&mut self, observer: &mut dyn Observer) -> Result<Outcome, RunError> {
        // What a process that was killed wrote after its last checkpoint will be written again.
        self.folder.save_metrics(&self.header.metrics)?;
        while self.trainer.progress().epoch < self.header.settings.recipe.epochs {
            if self.train_epoch(observer)? == Outcome::Interrupted {
                return Ok(Outcome::Interrupted);
            }
            self.end_epoch()?;
            if let Some(metrics) = self.header.metrics.last() {
                observer.epoch(metrics)?;
            }
        }
        Ok(match observer.is_interrupted() {
            true => Outcome::Interrupted,
            false => Outcome::Finished,
        })
    }

    fn train_epoch(&mut self, observer: &mut dyn Observer) -> Result<Outcome, RunError> {
        while let Some(step) = self.trainer.train_step()? {
            observer.step(self.trainer.progress().epoch + 1, &step);
            // The end of an epoch has a checkpoint of its own.
            if self.trainer.epoch_is_over() {
                continue;
            }
            let is_interrupted = observer.is_interrupted();
            let steps = self.trainer.total_steps();
            let is_due = self
                .checkpoint_every
                .is_some_and(|every| steps.is_multiple_of(every));
            if is_interrupted || is_due {
                self.save_checkpoint()?;
            }
            if is_interrupted {
                return Ok(Outcome::Interrupted);
            }
        }
        Ok(Outcome::Finished)
    }

    fn end_epoch(&mut self) -> Result<(), RunError> {
        let mut metrics = self.trainer.end_epoch();
        if let Some(split) = self.validation {
            self.validate(split, &mut metrics)?;
        }
        self.header.metrics.push(metrics);
        self.save_checkpoint()?;
        Ok(self.folder.save_metrics(&self.header.metrics)?)
    }

    /// Sees how the network does on the images held out, and keeps it if it is the best so far.
    fn validate(&mut self, split: &Split, metrics: &mut EpochMetrics) -> Result<(), RunError> {
        let evaluation = self.trainer.validate(split)?;
        metrics.validation_loss = Some(evaluation.loss);
        metrics.validation_accuracy = Some(evaluation.accuracy());
        let (epoch, correct) = (metrics.epoch, evaluation.correct);
        if self
            .header
            .best
            .as_ref()
            .is_none_or(|best| correct > best.correct)
        {
            let mut metadata = self.metadata.clone();
            metadata.insert("epoch".to_owned(), epoch.to_string());
            self.folder
                .save_best(&self.trainer.network().state_dict(), &metadata)?;
            self.header.best = Some(Best { epoch, correct });
        }
        Ok(())
    }

    fn save_checkpoint(&self) -> Result<(), RunError> {
        let header = Header {
            progress: self.trainer.progress().clone(),
            ..self.header.clone()
        };
        let tensors = self.trainer.state()?;
        Ok(self
            .folder
            .save_checkpoint(self.trainer.total_steps(), &header, &tensors)?)
    }

    /// How far the run is.
    pub fn progress(&self) -> &Progress {
        self.trainer.progress()
    }
}
