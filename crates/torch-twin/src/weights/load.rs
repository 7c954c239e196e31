use std::path::Path;

use super::format::{self, Format};
use super::{Weights, WeightsError, index, safetensors, torch_save, torchscript};

/// Sixteen GiB: how much a file may hold, where a caller knows no closer limit.
pub const DEFAULT_MAX_BYTES: u64 = 16 << 30;

/// Reads the weights in a file of any format, told apart by its content.
///
/// Nothing in the file is run, not even in TorchScript. A file that holds more than `max_bytes`, or
/// claims to, is refused before memory is taken for them.
///
/// # Errors
/// A file that cannot be read, is too large, of no known format, or damaged; the error names it.
pub fn load(path: &Path, max_bytes: u64) -> Result<Weights, WeightsError> {
    load_unnamed(path, max_bytes).map_err(|error| WeightsError::Part {
        file: path.display().to_string(),
        error: Box::new(error),
    })
}

fn load_unnamed(path: &Path, max_bytes: u64) -> Result<Weights, WeightsError> {
    let contents = format::read(path, max_bytes)?;
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
/// As for [`load`]; an index of safetensors files too, whose folder is not known here.
pub fn parse(contents: &[u8], max_bytes: u64) -> Result<Weights, WeightsError> {
    match Format::of(contents, max_bytes)? {
        Format::Safetensors => safetensors::parse(contents),
        Format::TorchSave => torch_save::parse(contents, max_bytes),
        Format::Index => Err(WeightsError::Foreign {
            format: "the index of weights in several files",
            advice: "name it by its path, beside these files",
        }),
        Format::TorchScript => Ok(Weights {
            tensors: torchscript::load_state(contents, max_bytes)?,
            metadata: torchscript::load_metadata(contents, max_bytes)?,
            ..Weights::default()
        }),
    }
}
