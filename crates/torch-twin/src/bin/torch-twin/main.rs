//! The `torch-twin` command.

mod diff;
mod output;
mod page;
mod table;

use std::io;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// Shows where two programs part that should compute the same: one on PyTorch, one on libtorch.
#[derive(Parser)]
#[command(version, arg_required_else_help = true)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    Diff(diff::Args),
}

fn main() -> ExitCode {
    let Command::Diff(args) = Cli::parse().command;
    match diff::run(&args) {
        Ok(code) => code,
        // That whoever read the output went away, as `head` does, is no failure.
        Err(error) if is_closed_pipe(&error) => ExitCode::SUCCESS,
        Err(error) => {
            output::complain(&format!("error: {error:#}"));
            ExitCode::FAILURE
        }
    }
}

fn is_closed_pipe(error: &anyhow::Error) -> bool {
    let mut causes = error
        .chain()
        .filter_map(|cause| cause.downcast_ref::<io::Error>());
    causes.any(|cause| cause.kind() == io::ErrorKind::BrokenPipe)
}
