//! The `torch-twin` command.

mod diff;
mod output;
mod page;
mod port;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// Ports networks from PyTorch to Rust on libtorch, and shows where two programs differ that should compute the same.
#[derive(Parser)]
#[command(version, arg_required_else_help = true)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    Diff(diff::Args),
    Port(port::Args),
}

fn main() -> ExitCode {
    #[cfg(feature = "torchscript")]
    torch_twin::libtorch::skip_teardown();
    let done = match Cli::parse().command {
        Command::Diff(args) => diff::run(&args),
        Command::Port(args) => port::run(&args),
    };
    match done {
        Ok(code) => code,
        Err(error) => {
            output::complain(&format!("error: {error:#}"));
            ExitCode::FAILURE
        }
    }
}
