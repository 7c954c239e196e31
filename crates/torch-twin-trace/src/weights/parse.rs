use std::collections::{BTreeMap, HashMap};
use std::fs::{self, File};
use std::io::Read;
use std::path::Path;

use super::format::Format;
use super::{FileError, numpy, pruning, safetensors, torch_save, torchscript};
use crate::Array;

/// [`load`](super::load) of a file whose bytes are `contents`.
///
/// # Errors
/// As for [`load`](super::load); an index of several files too, whose folder is not known here.
pub fn parse(contents: &[u8], max_bytes: u64) -> Result<Weights, FileError> {
    let mut weights = match Format::of(contents, max_bytes)? {
        Format::Safetensors => safetensors::parse(contents),
        Format::TorchSave => torch_save::parse(contents, max_bytes),
        Format::TorchScript => torchscript::parse(contents, max_bytes),
        Format::VarStore => torchscript::parse_var_store(contents, max_bytes),
        Format::Numpy => numpy::parse(contents, max_bytes),
        Format::Index => Err(FileError::Foreign {
            format: "the index of weights in several files",
            advice: "give its path, beside these files",
        }),
    }?;
    for tensors in [&mut weights.tensors, &mut weights.beside] {
        *tensors = without_repetition(std::mem::take(tensors));
    }
    weights.notes.extend(pruning::fold(&mut weights.tensors));
    weights
        .notes
        .extend(pruning::notes_on_parts(&weights.tensors));
    Ok(weights)
}

/// Of several tensors of one name the last one, in the place of the first, as in a dictionary of Python.
fn without_repetition(tensors: Vec<(String, Array)>) -> Vec<(String, Array)> {
    let mut places = HashMap::new();
    let mut kept: Vec<(String, Array)> = Vec::with_capacity(tensors.len());
    for (name, array) in tensors {
        match places.get(&name) {
            Some(&place) => kept[place] = (name, array),
            None => {
                places.insert(name.clone(), kept.len());
                kept.push((name, array));
            }
        }
    }
    kept
}

/// What a weights file holds.
#[derive(Debug, Default)]
pub struct Weights {
    /// The tensors by their `state_dict` names, in the order of the file.
    pub tensors: Vec<(String, Array)>,
    /// The file's own metadata; files of `torch.save` have none.
    pub metadata: BTreeMap<String, String>,
    /// The dictionary of a checkpoint that holds the tensors, such as `model`; none where it is the whole file.
    pub key: Option<String>,
    /// The tensors of a checkpoint outside of that dictionary, such as an optimizer's state, by their paths.
    pub beside: Vec<(String, Array)>,
    /// What was left out, and what was converted: a line for people each.
    pub notes: Vec<String>,
}

/// The bytes of a file that holds no more than `max_bytes`.
///
/// # Errors
/// A file that cannot be read or is larger; a folder, a pipe or a device.
pub fn read(path: &Path, max_bytes: u64) -> Result<Vec<u8>, FileError> {
    let metadata = fs::metadata(path).map_err(FileError::Io)?;
    if metadata.is_dir() && is_distributed(path) {
        return Err(FileError::Foreign {
            format: "the folder of a distributed checkpoint",
            advice: "make one file of it: python -m torch.distributed.checkpoint.format_utils dcp_to_torch FOLDER FILE",
        });
    }
    if !metadata.is_file() {
        return Err(FileError::NotAFile);
    }
    let (bytes, limit) = (metadata.len(), max_bytes);
    if bytes > limit {
        return Err(FileError::TooLarge { bytes, limit });
    }
    // Some files of the system name no size and have no end; none of them holds weights.
    let mut contents = Vec::new();
    if bytes > 0 {
        let file = File::open(path).map_err(FileError::Io)?;
        file.take(bytes)
            .read_to_end(&mut contents)
            .map_err(FileError::Io)?;
    }
    Ok(contents)
}

/// Whether a folder is what `torch.distributed.checkpoint` writes.
fn is_distributed(folder: &Path) -> bool {
    folder.join(".metadata").is_file()
}
