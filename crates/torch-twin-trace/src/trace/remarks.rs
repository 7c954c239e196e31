use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::TraceError;

/// What a recorder remarks beside the stages.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Remarks {
    /// Calls that began with other weights than the step did.
    pub changed_weights: Vec<ChangedWeights>,
    /// The learning rates with which the optimizers stepped.
    pub learning_rates: Vec<LearningRates>,
    /// What people should know, such as a module that was never called.
    pub notes: Vec<String>,
}

/// A call of a module whose own parameters were changed within the step, before the call.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct ChangedWeights {
    /// The step.
    pub step: u64,
    /// The module.
    pub name: String,
    /// Which call of it in the step, from 1 on.
    pub call: u64,
}

/// The learning rates of one step of an optimizer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LearningRates {
    /// The step of training.
    pub step: u64,
    /// The optimizer's name; empty where there is one alone.
    pub optimizer: String,
    /// Of each group of parameters.
    pub lrs: Vec<f64>,
}

/// The entries of a trace's metadata.
const CHANGED_WEIGHTS: &str = "changed_weights";
const LEARNING_RATES: &str = "learning_rates";
const NOTES: &str = "notes";

impl Remarks {
    /// Those in a trace's metadata; none where the recorder knew of none.
    pub(super) fn from_metadata(metadata: &BTreeMap<String, String>) -> Result<Self, TraceError> {
        Ok(Self {
            changed_weights: list(metadata, CHANGED_WEIGHTS)?,
            learning_rates: list(metadata, LEARNING_RATES)?,
            notes: list(metadata, NOTES)?,
        })
    }

    /// The entries of a trace's metadata, without those that are empty.
    pub(super) fn to_metadata(&self) -> serde_json::Result<Vec<(String, String)>> {
        let entries = [
            (
                CHANGED_WEIGHTS,
                serde_json::to_string(&self.changed_weights)?,
            ),
            (LEARNING_RATES, serde_json::to_string(&self.learning_rates)?),
            (NOTES, serde_json::to_string(&self.notes)?),
        ];
        let entries = entries.into_iter().filter(|(_, list)| list != "[]");
        Ok(entries
            .map(|(name, list)| (name.to_owned(), list))
            .collect())
    }
}

fn list<T: for<'de> Deserialize<'de>>(
    metadata: &BTreeMap<String, String>,
    name: &str,
) -> Result<Vec<T>, TraceError> {
    let Some(text) = metadata.get(name) else {
        return Ok(Vec::new());
    };
    serde_json::from_str(text).map_err(|error| TraceError::malformed(format!("{name}: {error}")))
}
