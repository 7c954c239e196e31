use std::fs::{self, File};
use std::io::Read;
use std::path::Path;

use super::FileError;

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
