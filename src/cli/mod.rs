//! The command line: a file a subcommand.

mod info;
mod options;
mod output;

use std::io;

use clap::{Parser, Subcommand};

/// LeNet-5 on libtorch, bit for bit as in PyTorch.
#[derive(Parser)]
#[command(version, arg_required_else_help = true)]
pub struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    Info(info::Args),
}

impl Cli {
    /// Runs the chosen subcommand.
    pub fn run(self) -> anyhow::Result<()> {
        match self.command {
            Command::Info(args) => info::run(&args),
        }
    }
}

/// Whether a command ended because whoever read its output went away, as `head` does.
pub fn is_closed_pipe(error: &anyhow::Error) -> bool {
    error
        .chain()
        .filter_map(|cause| cause.downcast_ref::<io::Error>())
        .any(|cause| cause.kind() == io::ErrorKind::BrokenPipe)
}
