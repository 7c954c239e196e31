//! The safetensors format, with PyTorch's `state_dict` names.

mod header;
mod writer;

pub(crate) use header::{RawHeader, RawTensor};
pub use writer::{save, serialize};

use super::element::Converted;
use super::{FileError, Weights};

/// What errors call it.
const FORMAT: &str = "safetensors file";

/// Where a file keeps its metadata, among the names of its tensors.
const METADATA: &str = "__metadata__";

/// The longest header that the format allows.
const MAX_HEADER: u64 = 100_000_000;

/// Whether a file begins with the length of a header, and then the header's JSON.
pub(super) fn is_safetensors(contents: &[u8]) -> bool {
    contents.split_first_chunk().is_some_and(|(length, rest)| {
        u64::from_le_bytes(*length) <= MAX_HEADER && rest.starts_with(b"{")
    })
}

/// Reads a safetensors file.
pub(super) fn parse(contents: &[u8]) -> Result<Weights, FileError> {
    let (length, rest) = contents
        .split_first_chunk()
        .ok_or(FileError::CutOff(FORMAT))?;
    let length = u64::from_le_bytes(*length);
    if length > rest.len() as u64 {
        return Err(FileError::CutOff(FORMAT));
    }
    let (header, values) = rest.split_at(length as usize);
    let malformed = |reason| FileError::malformed(FORMAT, reason);
    let header = RawHeader::parse(header).map_err(malformed)?;
    if let Some(tensor) = header.tensors.iter().find(|tensor| !tensor.is_read()) {
        let what = format!("{} values", tensor.dtype);
        return Err(FileError::unread(&tensor.name, &what));
    }
    let expected = header.check_places().map_err(malformed)?;
    let found = values.len() as u64;
    if found < expected {
        return Err(FileError::CutOff(FORMAT));
    }
    if found > expected {
        let reason = format!("{} bytes follow after its values", found - expected);
        return Err(malformed(reason));
    }
    let mut converted = Converted::default();
    let mut weights = Weights {
        metadata: header.metadata,
        ..Weights::default()
    };
    for tensor in header.tensors {
        // The values are as many as was just checked, so none of these numbers is too large.
        let bytes = values[tensor.start as usize..tensor.end as usize].to_vec();
        let RawTensor {
            name,
            element,
            shape,
            ..
        } = tensor;
        if let Some(element) = element {
            let array = converted.read(&name, element, shape, bytes)?;
            weights.tensors.push((name.into_owned(), array));
        }
    }
    weights.notes.extend(converted.note());
    Ok(weights)
}
