//! A training in a file, from which Rust or Python goes on. `docs/checkpoint.md` has the layout.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use tch::Tensor;
use thiserror::Error;

use super::settings::SettingsError;
use super::{Best, Environment, EpochMetrics, Progress, Settings};
use crate::TorchError;
use crate::nn::StateDict;
use crate::weights::{self, WeightsError};

const FORMAT: &str = "lenet5-checkpoint";
const VERSION: &str = "1";

/// All from which a training goes on as if it had never stopped.
pub struct Checkpoint {
    /// Everything that is no tensor.
    pub header: Header,
    /// What [`Trainer::state`](super::Trainer::state) gave.
    pub tensors: BTreeMap<String, Tensor>,
}

/// The part of a [`Checkpoint`] that stands as JSON in the file's metadata.
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
    /// [`data_sha256`](super::data_sha256) of the data.
    pub data_sha256: String,
    /// How far the training is.
    pub progress: Progress,
    /// The epochs done.
    pub metrics: Vec<EpochMetrics>,
    /// The best of them, where images are held out to tell.
    pub best: Option<Best>,
}

/// Weights that a training began with instead of random ones.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Init {
    /// The file that they were in.
    pub path: String,
    /// Digest of the weights, as [`StateDict::sha256`].
    pub weights_sha256: String,
}

/// Why a checkpoint cannot be used.
#[derive(Debug, Error)]
pub enum CheckpointError {
    /// The file cannot be read or written, or is not safetensors.
    #[error(transparent)]
    File(#[from] WeightsError),
    /// The file is no checkpoint of this version.
    #[error("{}: {reason}", path.display())]
    Malformed {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// The checkpoint's settings are none.
    #[error("{}: {source}", path.display())]
    Settings {
        /// The file.
        path: PathBuf,
        /// Which setting.
        source: SettingsError,
    },
    /// A failure inside libtorch.
    #[error(transparent)]
    Torch(#[from] TorchError),
}

impl Header {
    /// Writes a checkpoint with these tensors, so that `path` holds it or is as it was before.
    ///
    /// # Errors
    /// A file that cannot be written.
    pub fn save(&self, path: &Path, tensors: &StateDict) -> Result<(), CheckpointError> {
        let header = serde_json::to_string(self).map_err(|error| malformed(path, error))?;
        let metadata = [
            ("format", FORMAT.to_owned()),
            ("version", VERSION.to_owned()),
            ("tensors_sha256", sorted(tensors).sha256()?),
            ("header", header),
        ];
        let metadata = metadata.map(|(key, value)| (key.to_owned(), value));
        Ok(weights::save(path, tensors, &metadata.into())?)
    }
}

impl Checkpoint {
    /// Reads a checkpoint.
    ///
    /// # Errors
    /// A file that cannot be read, or is not a whole checkpoint of this version.
    pub fn load(path: &Path) -> Result<Self, CheckpointError> {
        let weights::Weights { tensors, metadata } = weights::load(path)?;
        let get = |key: &str| {
            let value = metadata.get(key).map(String::as_str);
            value.ok_or_else(|| malformed(path, format!("it is no checkpoint: it has no {key}")))
        };
        if get("format")? != FORMAT {
            return Err(malformed(path, "it is no checkpoint"));
        }
        let version = get("version")?;
        if version != VERSION {
            let reason = format!(
                "it is a checkpoint of version {version:?}; this program knows version {VERSION}"
            );
            return Err(malformed(path, reason));
        }
        let header: Header = serde_json::from_str(get("header")?)
            .map_err(|error| malformed(path, format!("its header is damaged: {error}")))?;
        let mut state = StateDict::default();
        for (name, tensor) in &tensors {
            state.add(name.clone(), tensor);
        }
        if get("tensors_sha256")? != state.sha256()? {
            return Err(malformed(
                path,
                "its tensors are damaged: their SHA-256 is another",
            ));
        }
        header
            .settings
            .check()
            .map_err(|source| CheckpointError::Settings {
                path: path.to_owned(),
                source,
            })?;
        if header.metrics.len() != header.progress.epoch as usize {
            return Err(malformed(path, "its figures are not those of its epochs"));
        }
        Ok(Self { header, tensors })
    }
}

/// The tensors in the order of their names.
fn sorted(tensors: &StateDict) -> StateDict {
    let by_name: BTreeMap<_, _> = tensors
        .entries()
        .iter()
        .map(|entry| (&entry.name, &entry.tensor))
        .collect();
    let mut sorted = StateDict::default();
    for (name, tensor) in by_name {
        sorted.add(name.clone(), tensor);
    }
    sorted
}

fn malformed(path: &Path, reason: impl ToString) -> CheckpointError {
    CheckpointError::Malformed {
        path: path.to_owned(),
        reason: reason.to_string(),
    }
}
