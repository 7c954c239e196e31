//! Which format a file is in, judged by its content.

use std::fs;
use std::path::Path;

use super::WeightsError;
use super::archive::Archive;

/// LeNet-5 is a quarter of a megabyte; what is larger than this was not meant for it.
pub(super) const MAX_BYTES: u64 = 256 << 20;

/// The longest header that the safetensors format allows.
const MAX_SAFETENSORS_HEADER: u64 = 100_000_000;

/// A format in which weights are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// [safetensors](https://github.com/huggingface/safetensors).
    Safetensors,
    /// What `torch.save` writes: zip, the older stream of pickles, or the tar of before 0.1.10.
    Checkpoint,
    /// What `torch.jit.save` writes: a program with its weights.
    TorchScript,
}

impl Format {
    /// The format of `contents`, a whole file.
    ///
    /// A TorchScript archive differs from that of `torch.save` in having `constants.pkl`.
    pub(super) fn of(path: &Path, contents: &[u8]) -> Result<Self, WeightsError> {
        if is_safetensors(contents) {
            return Ok(Self::Safetensors);
        }
        if contents.starts_with(b"PK\x03\x04") {
            let archive = Archive::open(path, contents)?;
            return Ok(if archive.contains("constants.pkl") {
                Self::TorchScript
            } else {
                Self::Checkpoint
            });
        }
        if is_pickle(contents) || is_tar(contents) {
            return Ok(Self::Checkpoint);
        }
        Err(WeightsError::UnknownFormat {
            path: path.to_owned(),
        })
    }
}

/// Whether a file begins with the length of a header, and then the header's JSON.
fn is_safetensors(contents: &[u8]) -> bool {
    contents.split_first_chunk().is_some_and(|(length, rest)| {
        u64::from_le_bytes(*length) <= MAX_SAFETENSORS_HEADER && rest.starts_with(b"{")
    })
}

/// Whether a file begins as a pickle of protocol 2 or newer: with PROTO and the protocol's number.
fn is_pickle(contents: &[u8]) -> bool {
    matches!(contents, [0x80, 2..=5, ..])
}

fn is_tar(contents: &[u8]) -> bool {
    contents.get(257..262) == Some(b"ustar")
}

/// Reads a whole file that is no larger than weights may be.
pub(super) fn read(path: &Path) -> Result<Vec<u8>, WeightsError> {
    let io_error = |source| WeightsError::Io {
        path: path.to_owned(),
        source,
    };
    let metadata = fs::metadata(path).map_err(io_error)?;
    if !metadata.is_file() {
        return Err(WeightsError::NotAFile {
            path: path.to_owned(),
        });
    }
    if metadata.len() > MAX_BYTES {
        return Err(WeightsError::TooLarge {
            path: path.to_owned(),
            bytes: metadata.len(),
            limit: MAX_BYTES,
        });
    }
    fs::read(path).map_err(io_error)
}
