use std::collections::BTreeSet;
use std::fmt::Display;
use std::ops::RangeInclusive;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use thiserror::Error;

use crate::data::RandomAffine;
use crate::variant::{OptimizerName, Recipe, Schedule, Variant, deserialize_variant};

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
    /// Epochs in a row that may pass without a better result on those, before training ends; none
    /// lets it go on to the last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub patience: Option<u32>,
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
            patience: None,
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
        let names: BTreeSet<&String> = here.keys().chain(there.keys()).collect();
        let different = names
            .into_iter()
            .filter(|&name| here.get(name) != there.get(name));
        let value = |values: &Map<String, Value>, name| values.get(name).cloned();
        let changes = different.map(|name| SettingChange {
            name: name.clone(),
            here: value(&here, name).unwrap_or_default(),
            there: value(&there, name).unwrap_or_default(),
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
            ref schedule,
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
        if let Some(fixed) = self.variant.fixed_classes {
            within("classes", self.classes, fixed..=fixed)?;
        }
        self.check_schedule(schedule)?;
        self.check_patience()
    }

    fn check_schedule(&self, schedule: &Schedule) -> Result<(), SettingsError> {
        match schedule {
            Schedule::Constant | Schedule::Cosine | Schedule::OneCycle => Ok(()),
            Schedule::Linear { end_factor } => within("end_factor", *end_factor, 0.0..=1.0),
            Schedule::Exponential { gamma } => within("gamma", *gamma, 0.0..=1.0),
            Schedule::Step { step_size, gamma } => {
                within("step_size", *step_size, 1..=u32::MAX)?;
                within("gamma", *gamma, 0.0..=1.0)
            }
            Schedule::MultiStep { milestones, gamma } => {
                within("milestones", milestones.len(), 1..=1000)?;
                within("gamma", *gamma, 0.0..=1.0)
            }
            Schedule::Plateau { gamma, .. } => {
                within("gamma", *gamma, 0.0..=1.0)?;
                if *gamma == 1.0 {
                    return Err(SettingsError {
                        name: "gamma",
                        value: "1".to_owned(),
                        expected: "below 1, as ReduceLROnPlateau wants it".to_owned(),
                    });
                }
                self.require_validation("schedule", "plateau")
            }
        }
    }

    fn check_patience(&self) -> Result<(), SettingsError> {
        let Some(patience) = self.patience else {
            return Ok(());
        };
        within("patience", patience, 1..=u32::MAX)?;
        self.require_validation("patience", &patience.to_string())
    }

    /// Refuses a setting that goes by the images held out where there are none.
    fn require_validation(&self, name: &'static str, value: &str) -> Result<(), SettingsError> {
        if self.validation > 0 {
            return Ok(());
        }
        Err(SettingsError {
            name,
            value: value.to_owned(),
            expected: "possible without images held out: give --validation N too".to_owned(),
        })
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
