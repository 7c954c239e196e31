//! The command line: a file a subcommand.

mod compare;
mod convert;
mod eval;
mod info;
mod init;
mod options;
mod output;
mod progress;
mod recipe;
mod train;
mod variant;

use std::io;

use clap::error::ErrorKind;
use clap::{CommandFactory, Parser, Subcommand};

/// LeNet-5 on libtorch, bit for bit as in PyTorch.
#[derive(Parser)]
#[command(version, arg_required_else_help = true)]
pub struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    Train(train::Args),
    Eval(eval::Args),
    Convert(convert::Args),
    Compare(compare::Args),
    Info(info::Args),
}

impl Cli {
    /// Runs the chosen subcommand.
    pub fn run(self) -> anyhow::Result<()> {
        match self.command {
            Command::Train(args) => train::run(&args),
            Command::Eval(args) => eval::run(&args),
            Command::Convert(args) => convert::run(&args),
            Command::Compare(args) => compare::run(&args),
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

/// Ends the program as for an option that clap refuses.
fn usage_error(message: &str) -> ! {
    Cli::command()
        .error(ErrorKind::ValueValidation, message)
        .exit()
}
