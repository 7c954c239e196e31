use std::io;
use std::path::PathBuf;
use std::process::ExitStatus;

use thiserror::Error;
use torch_twin::optim::OptimizerError;
use torch_twin::trace::RecorderError;
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
        "{} has no {module}: install what python_ref/requirements.txt lists", printable(&python.to_string_lossy())
    )]
    MissingModule {
        /// The interpreter.
        python: PathBuf,
        /// The module that it could not import.
        module: String,
    },
    /// It is another program, or speaks before it answers.
    #[error(
        "{} is not a Python that has torch: asked for torch's version, it said \"{answer}\"",
        printable(&python.to_string_lossy())
    )]
    NotTorch {
        /// The interpreter.
        python: PathBuf,
        /// The last line that it printed.
        answer: String,
    },
    /// Python takes too long.
    #[error(
        "{} did not {task} within {seconds} seconds, and was ended", printable(&python.to_string_lossy())
    )]
    TimeLimit {
        /// The interpreter.
        python: PathBuf,
        /// What it was to do.
        task: &'static str,
        /// How long it was given.
        seconds: u64,
    },
    /// Python prints more than any reference does.
    #[error(
        "{} printed more than {limit} bytes, and was ended",
        printable(&python.to_string_lossy())
    )]
    EndlessOutput {
        /// The interpreter.
        python: PathBuf,
        /// How much it may print.
        limit: u64,
    },
    /// It was ended, as the caller wished.
    #[error("interrupted")]
    Interrupted,
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
    /// The recipe's options are out of their range.
    #[error("the optimiser: {0}")]
    Optimizer(#[from] OptimizerError),
    /// A step that cannot be recorded.
    #[error(transparent)]
    Recorder(#[from] RecorderError),
    /// A failure inside libtorch.
    #[error(transparent)]
    Torch(#[from] TorchError),
}
