use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::{SettingChange, SettingsError};
use crate::variant::{OptimizerName, Recipe, ValueError, Variant, deserialize_variant};

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
        let (here, there) = (self.values(), other.values());
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
    /// The first value that is out of its range, or that does not go with the others.
    pub fn check(&self) -> Result<(), SettingsError> {
        let values = self.values();
        for (name, least, most) in RANGES {
            values
                .get(name)
                .map_or(Ok(()), |value| within(name, value, least, most))?;
        }
        let Recipe {
            optimizer,
            momentum,
            ref schedule,
            ..
        } = self.recipe;
        if optimizer != OptimizerName::Sgd && momentum != 0.0 {
            let expected = format!("taken by {}: only sgd has it", optimizer.name());
            return Err(ValueError::new("momentum", momentum, expected).into());
        }
        if let Some(fixed) = self.variant.fixed_classes
            && self.classes != fixed
        {
            let expected = format!("{fixed}, as {} has it", self.variant.name);
            return Err(ValueError::new("classes", self.classes, expected).into());
        }
        if schedule.goes_by_losses() {
            let gamma = schedule.arguments().gamma.unwrap_or_default();
            if gamma >= 1.0 {
                let expected = "below 1, as ReduceLROnPlateau wants it".to_owned();
                return Err(ValueError::new("gamma", gamma, expected).into());
            }
            self.require_validation("schedule", schedule.kind().name)?;
        }
        self.patience.map_or(Ok(()), |patience| {
            self.require_validation("patience", &patience.to_string())
        })
    }

    /// Refuses a setting that goes by the images held out where there are none.
    fn require_validation(&self, name: &'static str, value: &str) -> Result<(), SettingsError> {
        let value = value.to_owned();
        match self.validation {
            0 => Err(SettingsError::NothingHeldOut { name, value }),
            _ => Ok(()),
        }
    }

    /// All of them by name, as in `run.json`.
    fn values(&self) -> Map<String, Value> {
        match serde_json::to_value(self) {
            Ok(Value::Object(values)) => values,
            _ => Map::new(),
        }
    }
}

/// From where to where values may go, by name.
const RANGES: [(&str, f64, f64); 14] = [
    ("epochs", 1.0, u32::MAX as f64),
    ("batch_size", 1.0, 100_000.0),
    ("test_batch_size", 1.0, 100_000.0),
    ("classes", 2.0, 256.0),
    ("patience", 1.0, u32::MAX as f64),
    ("lr", 0.0, 1000.0),
    ("momentum", 0.0, 1.0),
    ("weight_decay", 0.0, 1000.0),
    ("gamma", 0.0, 1000.0),
    ("step_size", 1.0, u32::MAX as f64),
    ("milestones", 1.0, u32::MAX as f64),
    ("end_factor", 0.0, 1.0),
    ("rotation", 0.0, 180.0),
    ("shift", 0.0, 32.0),
];

/// Refuses a number, or a list with a number, that is out of its range.
fn within(name: &'static str, value: &Value, least: f64, most: f64) -> Result<(), ValueError> {
    if let Value::Array(values) = value {
        return values
            .iter()
            .try_for_each(|value| within(name, value, least, most));
    }
    // JSON has no name for what is infinite or not a number.
    let number = value.as_f64().unwrap_or(f64::NAN);
    match (least..=most).contains(&number) {
        true => Ok(()),
        false => Err(ValueError::new(
            name,
            number,
            format!("from {least} to {most}"),
        )),
    }
}
