use tempfile::{Builder, TempDir};

use super::ParityError;

/// A temporary folder whose name says whose it is, and which goes when it is dropped.
pub fn temporary_folder() -> Result<TempDir, ParityError> {
    let folder = Builder::new().prefix("lenet5-parity-").tempdir();
    folder.map_err(ParityError::TemporaryFolder)
}
