use std::path::{Path, PathBuf};

use super::LoadError;

/// LeNet-5 is a quarter of a megabyte; what is larger than this was not meant for it.
pub const MAX_WEIGHTS_BYTES: u64 = 256 << 20;

/// The file of weights in the folder of a run.
pub const RUN_WEIGHTS: &str = "model.safetensors";

/// What a folder has in its place where the weights are in several files.
const INDEX: &str = "model.safetensors.index.json";

/// The file that holds the weights: of a folder, the one that a run ended with, or the index of several.
pub(super) fn file_of(path: &Path) -> Result<PathBuf, LoadError> {
    if !path.is_dir() {
        return Ok(path.to_owned());
    }
    let mut files = [RUN_WEIGHTS, INDEX].map(|name| path.join(name)).into_iter();
    files
        .find(|file| file.is_file())
        .ok_or(LoadError::NoFinishedRun)
}
