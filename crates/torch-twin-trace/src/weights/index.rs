//! `model.safetensors.index.json`: the index of weights in several safetensors files, as the Hugging
//! Face Hub has them.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Component, Path};

use serde::Deserialize;

use super::format::read;
use super::{Weights, WeightsError, safetensors};
use crate::Tensors;

/// It takes many times as much memory as it is long; those of the largest networks have 100 kB.
const MAX_INDEX_BYTES: usize = 16 << 20;

/// The files in which the tensors are.
#[derive(Deserialize)]
struct Index {
    /// By the tensor's name, the name of a file beside the index.
    weight_map: BTreeMap<String, String>,
}

/// The weights that the index `contents` names in files of `folder`, which hold `max_bytes` at most
/// together.
///
/// # Errors
/// As for [`load`](super::load).
pub fn parse_index(
    contents: &[u8],
    folder: &Path,
    max_bytes: u64,
) -> Result<Weights, WeightsError> {
    if contents.len() > MAX_INDEX_BYTES {
        return Err(WeightsError::TooLarge {
            bytes: contents.len() as u64,
            limit: MAX_INDEX_BYTES as u64,
        });
    }
    let index: Index = serde_json::from_slice(contents).map_err(malformed)?;
    let files: BTreeSet<&String> = index.weight_map.values().collect();
    let mut tensors = Tensors::new();
    let mut metadata = BTreeMap::new();
    let mut left = max_bytes;
    for file in files {
        let path = Path::new(file);
        let mut parts = path.components();
        let is_beside = matches!(
            (parts.next(), parts.next()),
            (Some(Component::Normal(_)), None)
        );
        if !is_beside {
            return Err(malformed(format!(
                "{file:?} is no name of a file beside it"
            )));
        }
        let taken = max_bytes - left;
        let in_file = |error| WeightsError::Part {
            file: file.clone(),
            error: Box::new(match error {
                // The limit is that of all files together.
                WeightsError::TooLarge { bytes, .. } => WeightsError::TooLarge {
                    bytes: bytes.saturating_add(taken),
                    limit: max_bytes,
                },
                other => other,
            }),
        };
        let part = read(&folder.join(path), left).map_err(in_file)?;
        left = left.saturating_sub(part.len() as u64);
        let weights = safetensors::parse(&part).map_err(in_file)?;
        metadata.extend(weights.metadata);
        let named = |name: &String| index.weight_map.get(name) == Some(file);
        tensors.extend(weights.tensors.into_iter().filter(|(name, _)| named(name)));
    }
    match index
        .weight_map
        .keys()
        .find(|name| !tensors.contains_key(*name))
    {
        Some(name) => Err(malformed(format!(
            "{name} is not in {}",
            index.weight_map[name]
        ))),
        None => Ok(Weights {
            tensors,
            metadata,
            ..Weights::default()
        }),
    }
}

fn malformed(reason: impl ToString) -> WeightsError {
    WeightsError::malformed("index of safetensors files", reason)
}
