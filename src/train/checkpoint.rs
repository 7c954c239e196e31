//! A training in a file, from which Rust or Python goes on. `docs/checkpoint.md` has the layout.

use std::path::Path;

use thiserror::Error;
use torch_twin::weights::{self, Weights, WeightsError};
use torch_twin::{Tensors, TorchError, sha256};

use super::settings::SettingsError;
use super::{EpochMetrics, Header};
use crate::variant::{CHECKPOINT_FORMAT, MAX_WEIGHTS_BYTES, Schedule};

const VERSION: &str = "1";

/// All from which a training goes on as if it had never stopped.
pub struct Checkpoint {
    /// Everything that is no tensor.
    pub header: Header,
    /// What [`Trainer::state`](super::Trainer::state) gave.
    pub tensors: Tensors,
}

/// Why a checkpoint cannot be used.
#[derive(Debug, Error)]
pub enum CheckpointError {
    /// The file cannot be read or written, or is not safetensors.
    #[error(transparent)]
    File(#[from] WeightsError),
    /// The file is no checkpoint of this version.
    #[error("{0}")]
    Malformed(String),
    /// The checkpoint's settings are none.
    #[error(transparent)]
    Settings(#[from] SettingsError),
    /// A failure inside libtorch.
    #[error(transparent)]
    Torch(#[from] TorchError),
}

impl Checkpoint {
    /// Writes a checkpoint, so that `path` holds it or is as it was before.
    ///
    /// # Errors
    /// A file that cannot be written.
    pub fn save(&self, path: &Path) -> Result<(), CheckpointError> {
        let header = serde_json::to_string(&self.header).map_err(malformed)?;
        let metadata = [
            ("format", CHECKPOINT_FORMAT.to_owned()),
            ("version", VERSION.to_owned()),
            ("tensors_sha256", sha256(self.tensors.values())?),
            ("header", header),
        ];
        let metadata = metadata.map(|(key, value)| (key.to_owned(), value)).into();
        let tensors = self.tensors.iter();
        let tensors = tensors.map(|(name, tensor)| (name.as_str(), tensor));
        Ok(weights::save(path, tensors, &metadata)?)
    }

    /// Reads a checkpoint.
    ///
    /// # Errors
    /// A file that cannot be read, or is not a whole checkpoint of this version.
    pub fn load(path: &Path) -> Result<Self, CheckpointError> {
        let contents = weights::read(path, MAX_WEIGHTS_BYTES).map_err(WeightsError::from)?;
        let Weights {
            tensors, metadata, ..
        } = weights::parse(&contents, MAX_WEIGHTS_BYTES)?;
        let get = |key: &str| {
            let value = metadata.get(key).map(String::as_str);
            value.ok_or_else(|| malformed(format!("it is no checkpoint: it has no {key}")))
        };
        if get("format")? != CHECKPOINT_FORMAT {
            return Err(malformed("it is no checkpoint"));
        }
        let version = get("version")?;
        if version != VERSION {
            return Err(malformed(format!(
                "it is a checkpoint of version {version:?}; this program knows version {VERSION}"
            )));
        }
        let header: Header = serde_json::from_str(get("header")?)
            .map_err(|error| malformed(format!("its header is damaged: {error}")))?;
        if get("tensors_sha256")? != sha256(tensors.values())? {
            return Err(malformed(
                "its tensors are damaged: their SHA-256 is another",
            ));
        }
        header.settings.check()?;
        if header.metrics.len() != header.progress.epoch as usize {
            return Err(malformed("its figures are not those of its epochs"));
        }
        let goes_by_losses = matches!(header.settings.recipe.schedule, Schedule::Plateau { .. });
        let has_loss = |epoch: &EpochMetrics| epoch.validation_loss.is_some();
        if goes_by_losses && !header.metrics.iter().all(has_loss) {
            return Err(malformed("it lacks losses that its schedule goes by"));
        }
        Ok(Self { header, tensors })
    }
}

fn malformed(reason: impl ToString) -> CheckpointError {
    CheckpointError::Malformed(reason.to_string())
}
