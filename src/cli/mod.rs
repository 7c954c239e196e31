//! The command line: a file a subcommand.

mod compare;
mod convert;
mod drawing;
mod eval;
mod info;
mod interrupt;
mod options;
mod output;
mod parity;
mod predict;
mod progress;
mod recipe;
mod summary;
mod train;
mod variant;

use std::io;
use std::process::ExitCode;

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
    Predict(predict::Args),
    Summary(summary::Args),
    Parity(parity::Args),
    Convert(convert::Args),
    Compare(compare::Args),
    Info(info::Args),
}

impl Cli {
    /// Runs the chosen subcommand.
    pub fn run(self) -> anyhow::Result<ExitCode> {
        match self.command {
            Command::Train(args) => return train::run(&args),
            Command::Eval(args) => eval::run(&args)?,
            Command::Predict(args) => predict::run(&args)?,
            Command::Summary(args) => summary::run(&args)?,
            Command::Parity(args) => parity::run(&args)?,
            Command::Convert(args) => convert::run(&args)?,
            Command::Compare(args) => compare::run(&args)?,
            Command::Info(args) => info::run(&args)?,
        }
        Ok(ExitCode::SUCCESS)
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
