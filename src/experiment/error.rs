use std::io;
use std::path::PathBuf;

use thiserror::Error;
use torch_twin::{TorchError, printable};

use crate::train::FolderLockError;

/// Why the experiment came to no result.
#[derive(Debug, Error)]
pub enum ExperimentError {
    /// The folder cannot be had for writing.
    #[error(transparent)]
    Lock(#[from] FolderLockError),
    /// The folder or a file in it cannot be written.
    #[error("cannot use {}", printable(&path.to_string_lossy()))]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// A failure inside libtorch.
    #[error(transparent)]
    Torch(#[from] TorchError),
}
