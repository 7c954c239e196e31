use std::num::NonZeroUsize;
use std::path::PathBuf;

use clap::Parser;
use serde::Serialize;
use torch_twin_trace::Array;
use torch_twin_trace::weights::{DEFAULT_MAX_BYTES, FileError, load};

/// The command line of every peer.
#[derive(Parser)]
#[command(about = "Trains the classic network on MNIST, and prints seconds and accuracy as JSON")]
pub struct Args {
    /// Folder with the IDX files
    #[arg(long)]
    pub data: PathBuf,

    /// Threads to compute with
    #[arg(long)]
    pub threads: usize,

    /// Steps to train, an epoch at most (default: the epoch)
    #[arg(long, default_value_t = NonZeroUsize::MAX, hide_default_value = true)]
    pub steps: NonZeroUsize,

    /// Start from the weights in this file, under PyTorch's names
    #[arg(long)]
    pub weights: Option<PathBuf>,

    /// Train one step on the first 64 images, and record it here for `torch-twin diff`
    #[arg(long)]
    pub trace: Option<PathBuf>,
}

impl Args {
    /// The weights of `--weights`; none without it.
    ///
    /// # Errors
    /// A file that cannot be read.
    pub fn weights(&self) -> Result<Vec<(String, Array)>, FileError> {
        match &self.weights {
            Some(path) => Ok(load(path, DEFAULT_MAX_BYTES)?.tensors),
            None => Ok(Vec::new()),
        }
    }
}

/// What a peer prints.
#[derive(Serialize)]
pub struct Report {
    /// What the steps took, with the shuffling and without the reading of the data.
    pub seconds: f64,
    /// The steps that were trained.
    pub steps: usize,
    /// Right answers on the test images after them, in per cent.
    pub test_accuracy: f64,
}

impl Report {
    /// Prints it as JSON.
    pub fn print(&self) -> serde_json::Result<()> {
        println!("{}", serde_json::to_string(self)?);
        Ok(())
    }
}
