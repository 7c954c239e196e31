use serde::Serialize;
use torch_twin::{Generator, TorchError};

use crate::train::{EpochMetrics, RunRecord};
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
    pub seeds: Vec<SeedRun>,
}

/// What training from one seed gave.
#[derive(Serialize)]
pub struct SeedRun {
    /// What `run.json` holds of it.
    pub run: RunRecord,
    /// What each epoch came to, on the test images too.
    pub metrics: Vec<EpochMetrics>,
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
        let seeds = self.seeds.iter();
        mean_and_deviation(&seeds.map(|seed| seed.run.test_accuracy).collect::<Vec<_>>())
    }

    /// Mean duration of an epoch.
    pub fn seconds_per_epoch(&self) -> f64 {
        let epochs = self.seeds.iter().flat_map(|seed| &seed.metrics);
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

#[cfg(test)]
pub(super) mod tests {
    use tch::Device;

    use super::*;
    use crate::train::{Environment, Origin, Provenance, Settings};

    /// A run with these figures that was not trained.
    pub fn made_up(seed: u64, metrics: Vec<EpochMetrics>) -> SeedRun {
        let settings = Settings {
            seed,
            ..Settings::tutorial(crate::variant::VARIANTS[0])
        };
        let origin = Origin {
            data: String::new(),
            data_sha256: String::new(),
            command: Vec::new(),
        };
        let environment = Environment::current(Device::Cpu).expect("libtorch tells");
        let last = metrics.last().expect("an epoch");
        let record = RunRecord {
            recipe: settings.recipe_name(),
            settings,
            init: None,
            provenance: Provenance::now(origin, &environment, None),
            epochs_done: last.epoch,
            training_seconds: 1.0,
            best_epoch: None,
            test_loss: last.test_loss.expect("each epoch is tested"),
            test_accuracy: last.test_accuracy.expect("each epoch is tested"),
            correct: 0,
            total: 0,
            weights_sha256: String::new(),
        };
        SeedRun {
            run: record,
            metrics,
        }
    }

    /// What the epoch of this number came to.
    pub fn epoch(epoch: u32, loss: f64, test_accuracy: f64) -> EpochMetrics {
        EpochMetrics {
            epoch,
            lr: 0.1,
            last_loss: 1.0,
            mean_loss: 0.5,
            accuracy: Some(97.0),
            seconds: 2.0,
            images_per_second: 500.0,
            finished: None,
            validation_loss: None,
            validation_accuracy: None,
            test_loss: Some(loss),
            test_accuracy: Some(test_accuracy),
        }
    }

    #[test]
    fn the_spread_is_that_of_a_sample_and_one_value_has_none() {
        assert_eq!(mean_and_deviation(&[1.0, 2.0, 3.0]), (2.0, Some(1.0)));
        assert_eq!(mean_and_deviation(&[7.0]), (7.0, None));
    }
}
