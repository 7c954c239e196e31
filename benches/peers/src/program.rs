use std::num::NonZeroUsize;
use std::path::PathBuf;

use clap::Parser;
use serde::Serialize;

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
