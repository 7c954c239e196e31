use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use thiserror::Error;

use crate::model;

/// What decides a run's result, beside the data and the machine.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Settings {
    /// Name of the network's variant.
    pub variant: String,
    /// Passes over the training set.
    pub epochs: u32,
    /// Images a training step; an epoch's last step takes what is left.
    pub batch_size: usize,
    /// Images an evaluation step.
    pub test_batch_size: usize,
    /// Adam's learning rate.
    pub lr: f64,
    /// Seed of initial values and shuffling, as for `torch.manual_seed`.
    pub seed: u64,
    /// Classes that the network tells apart.
    pub classes: i64,
    /// Training images, the last ones, that are held out to validate on.
    pub validation: usize,
}

/// A setting in which two runs differ.
#[derive(Debug, PartialEq)]
pub struct Difference {
    /// The setting, as in `run.json`.
    pub name: String,
    /// Its value in the one run.
    pub here: Value,
    /// Its value in the other.
    pub there: Value,
}

/// A setting that no run can have.
#[derive(Debug, Error)]
#[error("{name}: {value} is not {expected}")]
pub struct SettingsError {
    name: &'static str,
    value: String,
    expected: &'static str,
}

impl Default for Settings {
    /// The tutorial's recipe.
    fn default() -> Self {
        Self {
            variant: model::VARIANTS[0].name.to_owned(),
            epochs: 5,
            batch_size: 64,
            test_batch_size: 1000,
            lr: 0.001,
            seed: 0,
            classes: 10,
            validation: 0,
        }
    }
}

impl Settings {
    /// Where `other` differs: a line each, with the name, the value here and the value there.
    pub fn differences(&self, other: &Self) -> Vec<Difference> {
        let values = |settings| match serde_json::to_value(settings) {
            Ok(Value::Object(values)) => values,
            _ => Map::new(),
        };
        let (here, there) = (values(self), values(other));
        let different = here.into_iter().filter(|(name, value)| there.get(name) != Some(value));
        let differences = different.map(|(name, here)| Difference {
            there: there.get(&name).cloned().unwrap_or_default(),
            here,
            name,
        });
        differences.collect()
    }

    /// Looks at every value that has a range.
    ///
    /// # Errors
    /// The first value that is out of its range.
    pub fn check(&self) -> Result<(), SettingsError> {
        let sizes = 1..=100_000;
        let in_order = [
            ("variant", self.variant.clone(), model::variant(&self.variant).is_some(), "known"),
            ("epochs", self.epochs.to_string(), self.epochs >= 1, "1 or more"),
            (
                "batch_size",
                self.batch_size.to_string(),
                sizes.contains(&self.batch_size),
                "from 1 to 100000",
            ),
            (
                "test_batch_size",
                self.test_batch_size.to_string(),
                sizes.contains(&self.test_batch_size),
                "from 1 to 100000",
            ),
            (
                "lr",
                self.lr.to_string(),
                self.lr.is_finite() && self.lr >= 0.0,
                "finite and not negative",
            ),
            (
                "classes",
                self.classes.to_string(),
                (2..=256).contains(&self.classes),
                "from 2 to 256",
            ),
        ];
        let wrong = in_order.into_iter().find(|(_, _, is_right, _)| !is_right);
        match wrong {
            None => Ok(()),
            Some((name, value, _, expected)) => Err(SettingsError {
                name,
                value,
                expected,
            }),
        }
    }
}
