use super::names::{clone, find_match};
use super::{LoadError, Names, Note};
use crate::model::Network;
use crate::variant::{Variant, registry};
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use tch::Device;
use torch_twin::weights::{self, Format, Weights, WeightsError};

/// What the user says of a file of weights.
#[derive(Clone, Default)]
pub struct LoadOptions {
    /// The network's variant; the file names or shows it where none is named here.
    pub variant: Option<&'static Variant>,
    /// How its names become the network's.
    pub names: Names,
}

/// A network of ours whose weights came out of a file.
pub struct LoadedNetwork {
    /// The network.
    pub network: Box<dyn Network>,
    /// Which of ours it is.
    pub variant: &'static Variant,
    /// Classes that it tells apart.
    pub num_classes: usize,
    /// What the file says of itself, such as its variant, seed and epochs.
    pub metadata: BTreeMap<String, String>,
    /// What was done to make the weights fit, for the user to know.
    pub notes: Vec<Note>,
}

/// Loads the weights in a file of any format into a network of ours, onto `device`.
///
/// As [`load_classifier`](super::load_classifier), but the weights of a TorchScript module are taken
/// out of it by their names, and its program is not run.
///
/// # Errors
/// A file that cannot be read, is of no known format, or holds another network's weights.
pub fn load_network(
    path: &Path,
    options: &LoadOptions,
    device: Device,
) -> Result<LoadedNetwork, LoadError> {
    let file = file_of(path)?;
    let contents = weights::read(&file, MAX_WEIGHTS_BYTES).map_err(WeightsError::from)?;
    let format = Format::of(&contents, MAX_WEIGHTS_BYTES).map_err(WeightsError::from)?;
    let weights = weights_in(&file, &contents, format)?;
    let is_ours = weights.metadata.contains_key("variant");
    let mut loaded = network_of(weights, options, device)?;
    if format == Format::TorchScript && !is_ours {
        loaded.notes.push(Note::ProgramNotRun);
    }
    Ok(loaded)
}

/// The weights in `file`, whose bytes are `contents`.
pub(super) fn weights_in(
    file: &Path,
    contents: &[u8],
    format: Format,
) -> Result<Weights, LoadError> {
    Ok(match format {
        Format::Index => {
            let folder = file.parent().unwrap_or(Path::new(""));
            weights::parse_index(contents, folder, MAX_WEIGHTS_BYTES)?
        }
        _ => weights::parse(contents, MAX_WEIGHTS_BYTES)?,
    })
}

/// The network that has these weights.
pub(super) fn network_of(
    weights: Weights,
    options: &LoadOptions,
    device: Device,
) -> Result<LoadedNetwork, LoadError> {
    let Weights {
        tensors,
        metadata,
        key,
        beside,
        notes: of_file,
    } = network_part(weights);
    let variant = match (options.variant, metadata.get("variant")) {
        (Some(variant), _) => Some(variant),
        (None, Some(name)) => {
            let unknown = || LoadError::UnknownVariant { name: name.clone() };
            Some(registry::find(name).ok_or_else(unknown)?)
        }
        (None, None) => None,
    };
    let names_paths = key.is_some() && options.names.map.apply(clone(&tensors)).is_err();
    let found = match key {
        // What the user names is outside of the dictionary, or is named with it.
        Some(key) if names_paths => {
            let named = tensors.into_iter();
            let named = named.map(|(name, tensor)| (format!("{key}.{name}"), tensor));
            find_match(named.chain(beside).collect(), variant, &options.names)?
        }
        _ => {
            let mut found = find_match(tensors, variant, &options.names)?;
            if !beside.is_empty() {
                let names = beside.into_keys().collect();
                found.notes.insert(0, Note::LeftOut(names));
            }
            found
        }
    };
    let conversions = weights::load_state_dict(&found.tensors, &found.network.state_dict())?;
    found.network.to_device(device)?;
    let mut notes: Vec<_> = of_file.into_iter().map(Note::File).collect();
    notes.extend(found.notes);
    notes.extend(conversions.into_iter().map(Note::Converted));
    Ok(LoadedNetwork {
        network: found.network,
        variant: found.variant,
        num_classes: found.num_classes,
        metadata,
        notes,
    })
}

/// What the checkpoint of a training says that it is.
pub const CHECKPOINT_FORMAT: &str = "lenet5-checkpoint";

/// The weights in a checkpoint of a training; those of any other file as they are.
pub(super) fn network_part(weights: Weights) -> Weights {
    let is_checkpoint = weights
        .metadata
        .get("format")
        .is_some_and(|format| format == CHECKPOINT_FORMAT);
    if !is_checkpoint {
        return weights;
    }
    let header = weights.metadata.get("header").map_or("", String::as_str);
    let header: Value = serde_json::from_str(header).unwrap_or_default();
    let variant = header["settings"]["variant"].as_str();
    let variant = variant.map(|name| ("variant".to_owned(), name.to_owned()));
    let tensors = weights.tensors.into_iter();
    Weights {
        tensors: tensors
            .filter_map(|(name, tensor)| Some((name.strip_prefix("model.")?.to_owned(), tensor)))
            .collect(),
        metadata: variant.into_iter().collect(),
        ..Weights::default()
    }
}

/// LeNet-5 is a quarter of a megabyte; what is larger than this was not meant for it.
pub const MAX_WEIGHTS_BYTES: u64 = 256 << 20;

/// The file of weights in the folder of a run.
pub const RUN_WEIGHTS: &str = "model.safetensors";

/// What a folder has in its place where the weights are in several files.
const INDEX: &str = "model.safetensors.index.json";

/// The file that holds the weights: of a folder, the one that a run ended with, or the index of several.
pub(super) fn file_of(path: &Path) -> Result<PathBuf, LoadError> {
    if !path.is_dir() {
        return Ok(path.to_owned());
    }
    let mut files = [RUN_WEIGHTS, INDEX].map(|name| path.join(name)).into_iter();
    files
        .find(|file| file.is_file())
        .ok_or(LoadError::NoFinishedRun)
}
