use std::collections::HashMap;

use super::FORMAT;
use super::storages::Storages;
use super::tensor::description_of_storage;
use crate::printable;
use crate::weights::FileError;
use crate::weights::pickle::{Values, run};

/// What the older files of `torch.save` begin with: this number, as a pickle.
const MAGIC: [u8; 10] = [0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19];

/// Whether a file is of the format that `torch.save` wrote before version 1.6: pickles one after another, then the
/// bytes of the storages.
pub fn is_stream(contents: &[u8]) -> bool {
    const WITHIN: usize = 32;
    let beginning = &contents[..contents.len().min(WITHIN)];
    beginning.windows(MAGIC.len()).any(|window| window == MAGIC)
}

/// The values and the storages of such a file.
pub fn parse(contents: &[u8]) -> Result<(Values<'_>, Storages<'_>), FileError> {
    let malformed = |reason: String| FileError::malformed(FORMAT, reason);
    // The number, the version, and what machine wrote it. The storages are little-endian whatever it was.
    let mut rest = contents;
    for _ in 0..3 {
        (_, rest) = run(rest).map_err(malformed)?;
    }
    let (values, rest) = run(rest).map_err(malformed)?;
    let (keys, rest) = run(rest).map_err(malformed)?;
    let sizes: HashMap<&str, u64> = values
        .persistent()
        .filter_map(|id| description_of_storage(&values, id))
        // An untyped storage counts in bytes.
        .map(|storage| {
            (
                storage.key,
                storage.element.map_or(1, |element| element.bytes()),
            )
        })
        .collect();
    let mut storages = HashMap::new();
    let mut rest = rest;
    for &key in keys.sequence(keys.root()).unwrap_or_default() {
        let key = keys.text(key).unwrap_or_default();
        let Some(&size) = sizes.get(key) else {
            let reason = format!("storage {} is not described", printable(key));
            return Err(malformed(reason));
        };
        let (storage, after) = split_storage(rest, size).ok_or(FileError::CutOff(FORMAT))?;
        storages.insert(key, storage);
        rest = after;
    }
    Ok((values, Storages::Stream(storages)))
}

/// The bytes of a storage, after the number of its values, and what follows.
fn split_storage(bytes: &[u8], size: u64) -> Option<(&[u8], &[u8])> {
    let (count, rest) = bytes.split_first_chunk()?;
    let length = u64::from_le_bytes(*count).checked_mul(size)?;
    rest.split_at_checked(usize::try_from(length).ok()?)
}
