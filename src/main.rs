//! The `lenet5` command: parse, run, exit code.

mod cli;

use std::io::{self, Write};
use std::process::ExitCode;

use clap::error::ErrorKind;
use clap::{CommandFactory, Parser};

use cli::{Cli, UsageError};

fn main() -> ExitCode {
    let error = match Cli::parse().run() {
        Ok(code) => return code,
        Err(error) => error,
    };
    if cli::is_closed_pipe(&error) {
        return ExitCode::SUCCESS;
    }
    if let Some(usage) = error.downcast_ref::<UsageError>() {
        Cli::command()
            .error(ErrorKind::ValueValidation, usage)
            .exit();
    }
    let _ = writeln!(io::stderr(), "error: {error:#}");
    ExitCode::FAILURE
}
