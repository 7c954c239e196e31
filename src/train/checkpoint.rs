//! A training in a file, from which Rust or Python goes on. `docs/checkpoint.md` has the layout.

use std::path::Path;

use tch::Tensor;
use torch_twin::nn::StateDict;
use torch_twin::weights::{self, Weights, WeightsError};
use torch_twin::{Tensors, sha256};

use super::{CheckpointError, EpochMetrics, Header};
use crate::variant::{CHECKPOINT_FORMAT, MAX_WEIGHTS_BYTES};

const VERSION: &str = "1";

/// All from which a training goes on as if it had never stopped.
pub struct Checkpoint {
    /// Everything that is no tensor.
    pub header: Header,
    /// What [`Trainer::state`](super::Trainer::state) gave.
    pub tensors: Tensors,
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
        let goes_by_losses = header.settings.recipe.schedule.goes_by_losses();
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

/// The tensors of a training's state, by whose they are.
#[derive(Default)]
pub struct State {
    /// The network's, by their names there.
    pub model: Tensors,
    /// The optimiser's, by the parameter's index and the key.
    pub optimizer: Tensors,
    /// The generator's; none where there is none.
    pub generator: Option<Tensor>,
}

impl State {
    /// The names of a checkpoint: `model.NAME`, `optimizer.NAME.KEY` and `generator`.
    pub fn into_named(self, network: &StateDict) -> Tensors {
        let parameters: Vec<_> = network.parameters().map(|entry| &entry.name).collect();
        let model = self.model.into_iter();
        let model = model.map(|(name, tensor)| (format!("model.{name}"), tensor));
        let optimizer = self.optimizer.into_iter().filter_map(|(name, tensor)| {
            let (index, key) = name.split_once('.')?;
            let parameter = parameters.get(index.parse::<usize>().ok()?)?;
            Some((format!("optimizer.{parameter}.{key}"), tensor))
        });
        let generator = self.generator.map(|state| ("generator".to_owned(), state));
        model.chain(optimizer).chain(generator).collect()
    }

    /// Sorts out the tensors of a checkpoint of a training of `network`.
    pub fn from_named(tensors: &Tensors, network: &StateDict) -> Result<Self, CheckpointError> {
        let mut state = Self::default();
        for (full_name, tensor) in tensors {
            let tensor = tensor.shallow_clone();
            if let Some(name) = full_name.strip_prefix("model.") {
                state.model.insert(name.to_owned(), tensor);
            } else if full_name == "generator" {
                state.generator = Some(tensor);
            } else if let Some((index, key)) = optimizer_key(full_name, network) {
                state.optimizer.insert(format!("{index}.{key}"), tensor);
            } else {
                return Err(CheckpointError::Unexpected(full_name.clone()));
            }
        }
        Ok(state)
    }
}

/// The index of the parameter in `optimizer.PARAMETER.KEY`, and the key.
fn optimizer_key<'a>(full_name: &'a str, network: &StateDict) -> Option<(usize, &'a str)> {
    let (parameter, key) = full_name.strip_prefix("optimizer.")?.rsplit_once('.')?;
    let mut parameters = network.parameters();
    let index = parameters.position(|entry| entry.name == parameter)?;
    Some((index, key))
}
