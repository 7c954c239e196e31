use std::collections::BTreeMap;
use std::path::Path;

use tch::Tensor;
use torch_twin_trace::weights as files;

use super::WeightsError;
use crate::tensors::to_tensor;
use crate::{Array, Tensors, TorchError};

/// What a weights file holds, as tensors of libtorch.
#[derive(Debug, Default)]
pub struct Weights {
    /// The tensors by their `state_dict` name, on the CPU.
    pub tensors: Tensors,
    /// The file's own metadata; files of `torch.save` have none.
    pub metadata: BTreeMap<String, String>,
    /// The dictionary of a checkpoint that holds the tensors, such as `model`; none where it is the whole file.
    pub key: Option<String>,
    /// The tensors of a checkpoint outside of that dictionary, such as an optimizer's state, by their paths.
    pub beside: Tensors,
    /// What was left out, and what was converted: a line for people each.
    pub notes: Vec<String>,
}

/// Reads the weights in a file of any format, told apart by its content.
///
/// Nothing in the file is run, not even in TorchScript. A file that holds more than `max_bytes`, or
/// claims to, is refused before memory is taken for them.
///
/// # Errors
/// A file that cannot be read, is too large, of no known format, or damaged; the error names it.
pub fn load(path: &Path, max_bytes: u64) -> Result<Weights, WeightsError> {
    tensors_of(files::load(path, max_bytes)?)
}

/// [`load`] of a file whose bytes are `contents`.
///
/// # Errors
/// As for [`load`]; an index of safetensors files too, whose folder is not known here.
pub fn parse(contents: &[u8], max_bytes: u64) -> Result<Weights, WeightsError> {
    tensors_of(files::parse(contents, max_bytes)?)
}

/// The weights that the index `contents` names in files of `folder`, which hold `max_bytes` at most together.
///
/// # Errors
/// As for [`load`].
pub fn parse_index(
    contents: &[u8],
    folder: &Path,
    max_bytes: u64,
) -> Result<Weights, WeightsError> {
    tensors_of(files::parse_index(contents, folder, max_bytes)?)
}

fn tensors_of(weights: files::Weights) -> Result<Weights, WeightsError> {
    Ok(Weights {
        tensors: tensors(weights.tensors)?,
        metadata: weights.metadata,
        key: weights.key,
        beside: tensors(weights.beside)?,
        notes: weights.notes,
    })
}

fn tensors(arrays: Vec<(String, Array)>) -> Result<Tensors, TorchError> {
    let arrays = arrays.into_iter();
    arrays
        .map(|(name, array)| Ok((name, to_tensor(&array)?)))
        .collect()
}

/// Writes named tensors, such as those of a `state_dict`, as safetensors, so that `path` holds either all of them or
/// what it held before.
///
/// Equal weights and metadata make equal files.
///
/// # Errors
/// Two tensors of one name, an undefined tensor, values of a type that safetensors has no name for, and a file that
/// cannot be written.
pub fn save<'a>(
    path: &Path,
    tensors: impl IntoIterator<Item = (&'a str, &'a Tensor)>,
    metadata: &BTreeMap<String, String>,
) -> Result<(), WeightsError> {
    let tensors = tensors.into_iter();
    let arrays = tensors
        .map(|(name, tensor)| Ok((name, crate::tensors::to_array(name, tensor)?)))
        .collect::<Result<Vec<_>, TorchError>>()?;
    let arrays = arrays.iter().map(|(name, array)| (*name, array));
    Ok(files::save(path, arrays, metadata)?)
}
