use std::path::Path;

use super::parse::{parse, read};
use super::{FileError, Weights, format, index};

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
    let contents = read(path, max_bytes)?;
    match path.parent() {
        Some(folder) if format::is_index(&contents) => {
            index::parse_index(&contents, folder, max_bytes)
        }
        _ => parse(&contents, max_bytes),
    }
}
