use serde::{Deserialize, Serialize};

use super::{Best, Environment, EpochMetrics, Progress, Settings};

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

/// Weights that a training began with instead of random ones.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Init {
    /// The file that they were in.
    pub path: String,
    /// Digest of the weights, as [`StateDict::sha256`](torch_twin::nn::StateDict::sha256).
    pub weights_sha256: String,
}
