//! Which format a file is in, judged by its content.

use std::fs::{self, File};
use std::io::Read;
use std::path::Path;

use super::WeightsError;
use super::archive::{Archive, ZIP_MAGIC};

/// The longest header that the safetensors format allows.
const MAX_SAFETENSORS_HEADER: u64 = 100_000_000;

/// A format in which weights are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// [safetensors](https://github.com/huggingface/safetensors).
    Safetensors,
    /// What `torch.save` writes: zip, or the older stream of pickles.
    TorchSave,
    /// What `torch.jit.save` writes: a program with its weights.
    TorchScript,
    /// An index of safetensors files, `model.safetensors.index.json`.
    Index,
}

impl Format {
    /// The format of `contents`, a whole file.
    ///
    /// A TorchScript archive differs from that of `torch.save` in having `constants.pkl`.
    ///
    /// # Errors
    /// Contents of no known format, or an archive that is damaged or holds more than `max_bytes`.
    pub fn of(contents: &[u8], max_bytes: u64) -> Result<Self, WeightsError> {
        if is_safetensors(contents) {
            return Ok(Self::Safetensors);
        }
        if contents.starts_with(ZIP_MAGIC) {
            let archive = Archive::open(contents, max_bytes)?;
            if archive.contains("archive_format") {
                return Err(WeightsError::Foreign {
                    format: "an exported program (torch.export or AOTInductor, .pt2)",
                    advice: "save the state_dict of the model that it was exported from",
                });
            }
            return Ok(if archive.contains("constants.pkl") {
                Self::TorchScript
            } else {
                Self::TorchSave
            });
        }
        if is_index(contents) {
            return Ok(Self::Index);
        }
        if let Some((format, advice)) = foreign(contents) {
            return Err(WeightsError::Foreign { format, advice });
        }
        if is_pickle(contents) {
            return Ok(Self::TorchSave);
        }
        Err(WeightsError::UnknownFormat)
    }
}

/// As much of a file as tells what it is.
fn beginning(contents: &[u8]) -> &[u8] {
    const BEGINNING: usize = 4096;
    &contents[..contents.len().min(BEGINNING)]
}

/// What a file is that holds weights in a form that cannot be taken, and what to do.
fn foreign(contents: &[u8]) -> Option<(&'static str, &'static str)> {
    let beginning = beginning(contents);
    // The reader of pickles takes these, however they begin, and lets the pickles in them take all
    // memory.
    if contents.get(257..262) == Some(b"ustar") {
        let advice = "load it in Python and save its state_dict anew";
        return Some(("a tar file, as PyTorch wrote before 0.1.10", advice));
    }
    if is_onnx(beginning) {
        let advice = "save the state_dict of the model that it was exported from";
        return Some(("an ONNX model", advice));
    }
    None
}

/// Whether a file is the JSON of an index of safetensors files.
pub(super) fn is_index(contents: &[u8]) -> bool {
    const WORD: &[u8] = b"\"weight_map\"";
    // What stands before it may be long.
    const WITHIN: usize = 1 << 20;
    let beginning = contents[..contents.len().min(WITHIN)].trim_ascii_start();
    beginning.starts_with(b"{") && beginning.windows(WORD.len()).any(|window| window == WORD)
}

/// Whether a file begins as an ONNX model: with the number of its version, field 1, and then, in the
/// notation of protocol buffers, the tag of its producer's name, domain, text, graph or operators.
fn is_onnx(beginning: &[u8]) -> bool {
    const TAGS: [u8; 6] = [0x12, 0x1a, 0x22, 0x32, 0x3a, 0x42];
    matches!(beginning, [0x08, 1..=0x7f, tag, ..] if TAGS.contains(tag))
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

/// The bytes of a file that holds no more than `max_bytes`.
///
/// # Errors
/// What is no file, cannot be read, or is larger.
pub fn read(path: &Path, max_bytes: u64) -> Result<Vec<u8>, WeightsError> {
    let metadata = fs::metadata(path).map_err(WeightsError::Io)?;
    if !metadata.is_file() {
        return Err(WeightsError::NotAFile);
    }
    if metadata.len() > max_bytes {
        return Err(WeightsError::TooLarge {
            bytes: metadata.len(),
            limit: max_bytes,
        });
    }
    // Some files of the system name no size and have no end; none of them holds weights.
    let mut contents = Vec::new();
    if metadata.len() > 0 {
        let file = File::open(path).map_err(WeightsError::Io)?;
        let mut limited = file.take(metadata.len());
        limited
            .read_to_end(&mut contents)
            .map_err(WeightsError::Io)?;
    }
    Ok(contents)
}
