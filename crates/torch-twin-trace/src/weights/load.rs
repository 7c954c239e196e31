use std::collections::HashMap;
use std::path::Path;

use super::format::{self, Format};
use super::{
    FileError, Weights, index, numpy, parts, pruning, read, safetensors, torch_save, torchscript,
};
use crate::Array;

/// Sixteen GiB: how much a file may hold, where a caller knows no closer limit.
pub const DEFAULT_MAX_BYTES: u64 = 16 << 30;

/// Reads the weights in a file of any format, told apart by its content.
///
/// Nothing in the file is run. A file that holds more than `max_bytes`, or claims to, is refused before memory is taken
/// for them.
///
/// # Errors
/// A file that cannot be read, is too large, of no known format, or damaged; the error names it.
pub fn load(path: &Path, max_bytes: u64) -> Result<Weights, FileError> {
    load_unnamed(path, max_bytes).map_err(|error| FileError::Part {
        file: path.display().to_string(),
        error: Box::new(error),
    })
}

fn load_unnamed(path: &Path, max_bytes: u64) -> Result<Weights, FileError> {
    let contents = read::read(path, max_bytes)?;
    match path.parent() {
        Some(folder) if format::is_index(&contents) => {
            index::parse_index(&contents, folder, max_bytes)
        }
        _ => parse(&contents, max_bytes),
    }
}

/// [`load`] of a file whose bytes are `contents`.
///
/// # Errors
/// As for [`load`]; an index of several files too, whose folder is not known here.
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
    weights.notes.extend(parts::notes(&weights.tensors));
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
