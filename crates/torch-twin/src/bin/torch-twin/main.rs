//! The `torch-twin` command.

mod diff;
mod output;
mod page;
mod table;

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
        Err(error) => {
            output::complain(&format!("error: {error:#}"));
            ExitCode::FAILURE
        }
    }
}
