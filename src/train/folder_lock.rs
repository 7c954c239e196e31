use std::fs::{self, File, OpenOptions, TryLockError};
use std::io;
use std::path::{Path, PathBuf};

use thiserror::Error;
use torch_twin::{atomic_file, printable};

const LOCK: &str = ".lock";

/// A folder that one process at a time writes in; the lock is the system's, and falls with the
/// process.
pub struct FolderLock {
    _file: File,
}

/// Why a folder cannot be had.
#[derive(Debug, Error)]
pub enum FolderLockError {
    /// Another process has the folder.
    #[error(
        "{}: another run is writing there; wait for its end, or name another folder",
        printable(&path.to_string_lossy())
    )]
    Locked {
        /// The folder.
        path: PathBuf,
    },
    /// The folder cannot be written.
    #[error("cannot use {}", printable(&path.to_string_lossy()))]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
}

impl FolderLock {
    /// Takes the folder `path`, and removes what writes that were cut off have left there.
    ///
    /// # Errors
    /// A folder that another process has, or that cannot be written.
    pub fn take(path: &Path) -> Result<Self, FolderLockError> {
        let file = path.join(LOCK);
        // Opening a pipe would wait for its reader.
        if fs::metadata(&file).is_ok_and(|metadata| !metadata.is_file()) {
            return Err(at(&file)(io::Error::other("it is not a file")));
        }
        let mut options = OpenOptions::new();
        let lock = options.create(true).truncate(false).write(true).open(&file);
        let lock = lock.map_err(at(&file))?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                let path = path.to_owned();
                return Err(FolderLockError::Locked { path });
            }
            Err(TryLockError::Error(source)) => return Err(at(&file)(source)),
        }
        atomic_file::remove_leftovers(path).map_err(at(path))?;
        Ok(Self { _file: lock })
    }
}

fn at(path: &Path) -> impl FnOnce(io::Error) -> FolderLockError {
    let path = path.to_owned();
    move |source| FolderLockError::Io { path, source }
}
