use std::fmt::Display;
use std::ops::RangeInclusive;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use thiserror::Error;

use crate::data::RandomAffine;
use crate::variant::{OptimizerName, Recipe, Variant, deserialize_variant};

/// What decides a run's result, beside the data and the machine.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Settings {
    /// The network's variant; its name in files.
    #[serde(deserialize_with = "deserialize_variant")]
    pub variant: &'static Variant,
    /// How the network is trained.
    #[serde(flatten)]
    pub recipe: Recipe,
    /// Images an evaluation step.
    pub test_batch_size: usize,
    /// Seed of initial values, shuffling and augmentation, as for `torch.manual_seed`.
    pub seed: u64,
    /// Classes that the network tells apart.
    pub classes: usize,
    /// Training images, the last ones, that are held out to validate on.
    pub validation: usize,
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

/// A setting that no run can have.
#[derive(Debug, Error)]
#[error("--{}: {value} is not {expected}", name.replace('_', "-"))]
pub struct SettingsError {
    name: &'static str,
    value: String,
    expected: String,
}

impl Settings {
    /// The tutorial's for `variant`.
    pub fn tutorial(variant: &'static Variant) -> Self {
        Self {
            variant,
            recipe: variant.tutorial.clone(),
            test_batch_size: 1000,
            seed: 0,
            classes: 10,
            validation: 0,
        }
    }

    /// Whether the recipe is the variant's `tutorial` or `best`, or the user's `own`.
    pub fn recipe_name(&self) -> &'static str {
        match &self.recipe {
            recipe if *recipe == self.variant.tutorial => "tutorial",
            recipe if *recipe == self.variant.best => "best",
            _ => "own",
        }
    }

    /// Where `other` differs, setting by setting.
    pub fn changes(&self, other: &Self) -> Vec<SettingChange> {
        let values = |settings| match serde_json::to_value(settings) {
            Ok(Value::Object(values)) => values,
            _ => Map::new(),
        };
        let (here, there) = (values(self), values(other));
        let different = here
            .into_iter()
            .filter(|(name, value)| there.get(name) != Some(value));
        let changes = different.map(|(name, here)| SettingChange {
            there: there.get(&name).cloned().unwrap_or_default(),
            here,
            name,
        });
        changes.collect()
    }

    /// Looks at every value that has a range.
    ///
    /// # Errors
    /// The first value that is out of its range.
    pub fn check(&self) -> Result<(), SettingsError> {
        let Recipe {
            epochs,
            batch_size,
            lr,
            momentum,
            weight_decay,
            augmentation: RandomAffine { rotation, shift },
            ..
        } = self.recipe;
        within("epochs", epochs, 1..=u32::MAX)?;
        within("batch_size", batch_size, 1..=100_000)?;
        within("test_batch_size", self.test_batch_size, 1..=100_000)?;
        within("classes", self.classes, 2..=256)?;
        within("lr", lr, 0.0..=1000.0)?;
        within("momentum", momentum, 0.0..=1.0)?;
        within("weight_decay", weight_decay, 0.0..=1000.0)?;
        within("rotation", rotation, 0.0..=180.0)?;
        within("shift", shift, 0.0..=32.0)?;
        if self.recipe.optimizer != OptimizerName::Sgd && momentum != 0.0 {
            return Err(SettingsError {
                name: "momentum",
                value: momentum.to_string(),
                expected: format!("taken by {}: only sgd has it", self.recipe.optimizer.name()),
            });
        }
        match self.variant.fixed_classes {
            Some(fixed) => within("classes", self.classes, fixed..=fixed),
            None => Ok(()),
        }
    }
}

fn within<T: PartialOrd + Display>(
    name: &'static str,
    value: T,
    range: RangeInclusive<T>,
) -> Result<(), SettingsError> {
    if range.contains(&value) {
        return Ok(());
    }
    Err(SettingsError {
        name,
        value: value.to_string(),
        expected: format!("from {} to {}", range.start(), range.end()),
    })
}
