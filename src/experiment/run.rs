use std::collections::BTreeMap;
use std::ops::ControlFlow;

use serde::{Deserialize, Serialize};
use tch::Device;
#[cfg(test)]
use torch_twin::Processor;
use torch_twin::data::DataLoader;
use torch_twin::{Generator, TorchError};

use crate::data::Dataset;
use crate::train::{
    Cpu, Environment, Settings, Step, TrainError, Trainer, clock, evaluate, versions,
};
use crate::variant::{Recipe, Variant};

/// What training a variant from several seeds gave.
#[derive(Serialize)]
pub struct VariantResult {
    /// The variant's name.
    pub variant: &'static str,
    /// The activation function.
    pub activation: &'static str,
    /// How maps are made smaller.
    pub pooling: &'static str,
    /// What normalises the maps.
    pub normalisation: &'static str,
    /// What it is trained to make small.
    pub loss: &'static str,
    /// The test accuracy that others report for it, and who.
    pub reported: &'static str,
    /// Trained values.
    pub parameters: usize,
    /// Whether that is the variant's `best` recipe, or the user's `own`.
    pub recipe_name: &'static str,
    /// How it was trained.
    pub recipe: Recipe,
    /// What each seed gave.
    pub seeds: Vec<SeedResult>,
}

/// What training from one seed gave.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SeedResult {
    /// The seed.
    pub seed: u64,
    /// When its first step began, in UTC as RFC 3339 has it.
    pub started: String,
    /// Seconds of training, tests left out.
    pub training_seconds: f64,
    /// The processor on which it was trained.
    pub cpu: Cpu,
    /// The versions by which it was trained: [`versions`](crate::train::versions()).
    pub versions: BTreeMap<String, String>,
    /// Digest of the weights after the last epoch.
    pub weights_sha256: String,
    /// Each epoch's figures.
    pub epochs: Vec<Epoch>,
}

/// How training stood after an epoch.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Epoch {
    /// The epoch's number, from 1.
    pub epoch: u32,
    /// Mean loss over the training images, each as it was when its turn came.
    pub train_loss: f64,
    /// Correct answers among them, in per cent.
    pub train_accuracy: Option<f64>,
    /// Mean loss over the test images.
    pub test_loss: f64,
    /// Correct answers on the test images in per cent.
    pub test_accuracy: f64,
    /// Duration of the epoch's training, without the test.
    pub seconds: f64,
    /// When the training ended, in UTC as RFC 3339 has it.
    pub finished: Option<String>,
}

impl VariantResult {
    /// A result without seeds.
    ///
    /// # Errors
    /// What libtorch refuses, too little memory above all.
    pub fn new(variant: &Variant, recipe: Recipe, num_classes: usize) -> Result<Self, TorchError> {
        let network = (variant.build)(num_classes, &mut Generator::manual_seed(0))?;
        let design = &variant.design;
        Ok(Self {
            variant: variant.name,
            activation: design.activation,
            pooling: design.pooling,
            normalisation: design.normalisation,
            loss: design.loss,
            reported: design.reported,
            parameters: network.state_dict().parameter_count(),
            recipe_name: if recipe == variant.best {
                "best"
            } else {
                "own"
            },
            recipe,
            seeds: Vec::new(),
        })
    }

    /// Test accuracy after the last epoch: mean over the seeds, and standard deviation, which one
    /// seed has not.
    pub fn accuracy(&self) -> (f64, Option<f64>) {
        let last = self.seeds.iter().filter_map(|seed| seed.epochs.last());
        mean_and_deviation(&last.map(|epoch| epoch.test_accuracy).collect::<Vec<_>>())
    }

    /// Mean duration of an epoch.
    pub fn seconds_per_epoch(&self) -> f64 {
        let epochs = self.seeds.iter().flat_map(|seed| &seed.epochs);
        mean_and_deviation(&epochs.map(|epoch| epoch.seconds).collect::<Vec<_>>()).0
    }
}

/// The mean, and the standard deviation of a sample (divided by n - 1), which one value has not.
pub(super) fn mean_and_deviation(values: &[f64]) -> (f64, Option<f64>) {
    let count = values.len() as f64;
    let mean = values.iter().sum::<f64>() / count;
    let squares: f64 = values.iter().map(|value| (value - mean).powi(2)).sum();
    let deviation = (values.len() > 1).then(|| (squares / (count - 1.0)).sqrt());
    (mean, deviation)
}

/// Trains from one seed, with the bits that `lenet5 train` gives, and tests the network after each
/// epoch, which changes no bit of the training.
///
/// `on_epoch` is told of every epoch.
///
/// # Errors
/// A loss that is not finite, and what libtorch refuses.
pub fn run_seed(
    settings: &Settings,
    dataset: &Dataset,
    device: Device,
    on_epoch: &mut dyn FnMut(&Epoch),
) -> Result<SeedResult, TrainError> {
    let started = clock::now();
    let mut trainer = Trainer::new(settings, &dataset.train, device)?;
    let test_loader = DataLoader::new(&dataset.test, settings.test_batch_size);
    // Not the training's, whose numbers the tests are not to take.
    let mut generator = Generator::manual_seed(0);
    let mut epochs = Vec::new();
    let go_on = |_: &Trainer<'_>, _: &Step| Ok::<_, TrainError>(ControlFlow::Continue(()));
    while let ControlFlow::Continue(metrics) = trainer.train_epoch(go_on)? {
        let evaluation = evaluate(trainer.network(), &test_loader, device, &mut generator)?;
        let epoch = Epoch {
            epoch: metrics.epoch,
            train_loss: metrics.mean_loss,
            train_accuracy: metrics.accuracy,
            test_loss: evaluation.loss,
            test_accuracy: evaluation.accuracy(),
            seconds: metrics.seconds,
            finished: metrics.finished,
        };
        on_epoch(&epoch);
        epochs.push(epoch);
        if metrics.epoch == settings.recipe.epochs {
            break;
        }
    }
    Ok(SeedResult {
        seed: settings.seed,
        started,
        training_seconds: epochs.iter().map(|epoch| epoch.seconds).sum(),
        cpu: Cpu::of(&Environment::current(device)?),
        versions: versions(),
        weights_sha256: trainer.network().state_dict().sha256()?,
        epochs,
    })
}

#[cfg(test)]
impl SeedResult {
    /// One that was not trained.
    pub(super) fn made_up(seed: u64, epochs: Vec<Epoch>) -> Self {
        Self {
            seed,
            started: "2026-11-26T12:00:00Z".to_owned(),
            training_seconds: epochs.iter().map(|epoch| epoch.seconds).sum(),
            cpu: Cpu {
                model: None,
                processor: Processor::current().expect("libtorch tells"),
            },
            versions: BTreeMap::new(),
            weights_sha256: String::new(),
            epochs,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_spread_is_that_of_a_sample_and_one_value_has_none() {
        assert_eq!(mean_and_deviation(&[1.0, 2.0, 3.0]), (2.0, Some(1.0)));
        assert_eq!(mean_and_deviation(&[7.0]), (7.0, None));
    }
}
