//! `model.safetensors.index.json`: the index of weights in several files, as the Hugging Face Hub has them.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::path::{Component, Path};

use serde::Deserialize;

use super::parse::{parse, read};
use super::{FileError, Weights};

/// It takes many times as much memory as it is long; those of the largest networks have 100 kB.
const MAX_INDEX_BYTES: usize = 16 << 20;

/// The files in which the tensors are.
#[derive(Deserialize)]
struct Index {
    /// By the tensor's name, the name of a file beside the index.
    weight_map: BTreeMap<String, String>,
}

/// The weights that the index `contents` names in files of `folder`, which hold `max_bytes` at most together.
///
/// # Errors
/// As for [`load`](super::load).
pub fn parse_index(contents: &[u8], folder: &Path, max_bytes: u64) -> Result<Weights, FileError> {
    if contents.len() > MAX_INDEX_BYTES {
        return Err(FileError::TooLarge {
            bytes: contents.len() as u64,
            limit: MAX_INDEX_BYTES as u64,
        });
    }
    let index: Index = serde_json::from_slice(contents).map_err(malformed)?;
    let files: BTreeSet<&String> = index.weight_map.values().collect();
    let mut weights = Weights::default();
    let mut left = max_bytes;
    for file in files {
        let in_file = |error| in_file(file, error, max_bytes - left, max_bytes);
        if !is_beside(file) {
            let reason = format!("{file} is no name of a file beside it");
            return Err(malformed(reason));
        }
        let part = read(&folder.join(file), left).map_err(in_file)?;
        let mut found = parse(&part, left).map_err(in_file)?;
        // Tensors may share values, and be longer than their file.
        let sizes = found.tensors.iter().map(|(_, array)| array.bytes().len());
        left = left.saturating_sub(sizes.sum::<usize>().max(part.len()) as u64);
        weights.metadata.append(&mut found.metadata);
        weights.notes.append(&mut found.notes);
        let mut tensors = found.tensors;
        tensors.retain(|(name, _)| index.weight_map.get(name) == Some(file));
        weights.tensors.append(&mut tensors);
    }
    let names: HashSet<&String> = weights.tensors.iter().map(|(name, _)| name).collect();
    let mut named = index.weight_map.iter();
    match named.find(|(name, _)| !names.contains(name)) {
        Some((name, file)) => Err(malformed(format!("{name} is not in {file}"))),
        None => Ok(weights),
    }
}

/// Whether a name is that of a file in the same folder.
fn is_beside(file: &str) -> bool {
    let mut parts = Path::new(file).components();
    let parts = (parts.next(), parts.next());
    matches!(parts, (Some(Component::Normal(_)), None))
}

/// The error of a file; the limit is that of all files together, of which `taken` bytes were read.
fn in_file(file: &str, error: FileError, taken: u64, limit: u64) -> FileError {
    FileError::Part {
        file: file.to_owned(),
        error: Box::new(match error {
            FileError::TooLarge { bytes, .. } => FileError::TooLarge {
                bytes: bytes.saturating_add(taken),
                limit,
            },
            other => other,
        }),
    }
}

fn malformed(reason: impl ToString) -> FileError {
    FileError::malformed("index of weights", reason)
}
