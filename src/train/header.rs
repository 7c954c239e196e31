use std::path::Path;

use serde::{Deserialize, Serialize};
use torch_twin::TorchError;
use torch_twin::nn::StateDict;

use super::{Best, Environment, EpochMetrics, Progress, RunError, Settings};
use crate::model::Network;

/// The part of a [`Checkpoint`](super::Checkpoint) that stands as JSON in the file's metadata.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Header {
    /// What decides the result.
    pub settings: Settings,
    /// The weights that it began with, where they were given.
    #[serde(default)]
    pub init: Option<Init>,
    /// Where it began.
    pub environment: Environment,
    /// Where the data came from, as `--data` names it; none if it was not named.
    pub data: Option<String>,
    /// The number of the first class in its files of labels.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub labels_from: u8,
    /// [`data_sha256`](super::data_sha256()) of the data.
    pub data_sha256: String,
    /// When its first step began, in UTC as RFC 3339 has it.
    #[serde(default)]
    pub started: Option<String>,
    /// How far the training is.
    pub progress: Progress,
    /// The epochs done.
    pub metrics: Vec<EpochMetrics>,
    /// The best of them, where images are held out to tell.
    pub best: Option<Best>,
    /// Steps between two checkpoints within an epoch; none writes them between epochs only.
    #[serde(default)]
    pub checkpoint_every: Option<u64>,
}

fn is_zero(number: &u8) -> bool {
    *number == 0
}

impl Header {
    /// Refuses other settings than the run began with, but for how long it trains: epochs, where the
    /// learning rates of those done are what they would have been, and patience.
    ///
    /// # Errors
    /// Each setting that differs.
    pub fn check_settings(&self, settings: &Settings) -> Result<(), RunError> {
        let mut changes = self.settings.changes(settings);
        changes.retain(|change| !["epochs", "patience"].contains(&change.name.as_str()));
        if !changes.is_empty() {
            return Err(RunError::OtherSettings(changes));
        }
        let recipe = &self.settings.recipe;
        let (here, there) = (recipe.epochs, settings.recipe.epochs);
        if here != there && recipe.schedule.is_spread_over_epochs() {
            return Err(RunError::SpreadSchedule {
                here,
                there,
                schedule: recipe.schedule.in_words(recipe.lr),
            });
        }
        let done = self.progress.epoch + u32::from(self.progress.step > 0);
        match there < done {
            true => Err(RunError::TooFewEpochs { asked: there, done }),
            false => Ok(()),
        }
    }

    /// Refuses to go on where the result would be another than that of this run. Where `force` says
    /// to go on in another environment all the same, it gives what differs.
    pub(super) fn check(&self, now: &Header, force: bool) -> Result<Vec<String>, RunError> {
        if self.data_sha256 != now.data_sha256 {
            return Err(RunError::OtherData {
                saved: self.data_sha256.clone(),
                given: now.data_sha256.clone(),
            });
        }
        let differences = self.environment.differences(&now.environment);
        match differences.is_empty() || force {
            true => Ok(differences),
            false => Err(RunError::OtherEnvironment(differences)),
        }
    }
}

/// Weights that a training began with instead of random ones.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Init {
    /// The file that they were in.
    pub path: String,
    /// Digest of the weights, as [`StateDict::sha256`](torch_twin::nn::StateDict::sha256).
    pub weights_sha256: String,
}

/// The weights that training starts from instead of random ones.
pub struct InitialWeights {
    /// What the run says of them.
    pub init: Init,
    network: Box<dyn Network>,
}

impl InitialWeights {
    /// The weights of `network`, which came out of the file `path`.
    ///
    /// # Errors
    /// What libtorch refuses when the values are copied out.
    pub fn new(path: &Path, network: Box<dyn Network>) -> Result<Self, TorchError> {
        Ok(Self {
            init: Init {
                path: path.display().to_string(),
                weights_sha256: network.state_dict().sha256()?,
            },
            network,
        })
    }

    /// Copies the weights into another network of the same variant, on any device.
    pub(super) fn copy_into(&self, state_dict: &StateDict) -> Result<(), TorchError> {
        let _no_grad = tch::no_grad_guard();
        let own = self.network.state_dict();
        for (from, to) in own.entries().iter().zip(state_dict.entries()) {
            to.tensor.shallow_clone().f_copy_(&from.tensor)?;
        }
        Ok(())
    }
}
