//! The `lenet5` command: parse, run, exit code.

mod cli;

use std::process::ExitCode;

fn main() -> ExitCode {
    torch_twin::libtorch::skip_teardown();
    match cli::Cli::from_command_line().run() {
        Ok(code) => code,
        Err(error) => cli::report(&error),
    }
}
