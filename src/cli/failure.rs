use super::command_line::Cli;
use super::interrupt::Interrupted;
use clap::CommandFactory;
use clap::error::ErrorKind;
use std::process::ExitCode;
use std::{fmt, io};

/// Says why a command failed, and gives the exit code: 2 for wrong usage, the signal's if one ended
/// it, else 1. That whoever read the output went away, as `head` does, is no failure.
pub fn report(error: &anyhow::Error) -> ExitCode {
    if is_closed_pipe(error) {
        return ExitCode::SUCCESS;
    }
    if let Some(usage) = error.downcast_ref::<UsageError>() {
        Cli::command()
            .error(ErrorKind::ValueValidation, usage)
            .exit();
    }
    if let Some(Interrupted(code)) = error.downcast_ref() {
        say!("Interrupted");
        return ExitCode::from(*code);
    }
    say!("error: {error:#}");
    ExitCode::FAILURE
}

fn is_closed_pipe(error: &anyhow::Error) -> bool {
    error
        .chain()
        .filter_map(|cause| cause.downcast_ref::<io::Error>())
        .any(|cause| cause.kind() == io::ErrorKind::BrokenPipe)
}

/// Options that clap takes one by one, and that do not go together. The exit code is 2.
#[derive(Debug)]
pub struct UsageError(pub String);

impl fmt::Display for UsageError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for UsageError {}
