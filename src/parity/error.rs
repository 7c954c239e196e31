use std::io;
use std::path::PathBuf;
use std::process::ExitStatus;

use thiserror::Error;
use torch_twin::weights::WeightsError;
use torch_twin::{TorchError, printable};

/// Why the two networks could not be compared.
#[derive(Debug, Error)]
pub enum ParityError {
    /// No folder for the reference's tensors.
    #[error("no temporary folder")]
    TemporaryFolder(#[source] io::Error),
    /// Python cannot be started.
    #[error("cannot start the reference's Python, {}", printable(&python.to_string_lossy()))]
    Start {
        /// The interpreter.
        python: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// Python lacks a package.
    #[error(
        "{} has no {module}: install what python_ref/requirements.txt lists, or name another \
         Python with --python", printable(&python.to_string_lossy())
    )]
    MissingModule {
        /// The interpreter.
        python: PathBuf,
        /// The module that it could not import.
        module: String,
    },
    /// The reference failed.
    #[error("the reference failed in {}, {status}: {message}", printable(&python.to_string_lossy()))]
    Script {
        /// The interpreter.
        python: PathBuf,
        /// How it ended.
        status: ExitStatus,
        /// The last line that it wrote.
        message: String,
    },
    /// Weights cannot be read, or do not fit.
    #[error(transparent)]
    Weights(#[from] WeightsError),
    /// A failure inside libtorch.
    #[error(transparent)]
    Torch(#[from] TorchError),
}
