use std::io;
use std::process::ExitCode;

use clap::error::ErrorKind;
use clap::{CommandFactory, Parser, Subcommand};
use torch_twin::threads;

use super::failure::{UsageError, advice};
use super::interrupt::Interrupted;
use super::{
    compare, completions, convert, eval, fingerprint, info, man, page, parity, predict, show,
    summary, train,
};

/// LeNet-5 on libtorch, bit for bit as in PyTorch.
#[derive(Parser)]
#[command(
    version,
    arg_required_else_help = true,
    after_help = "\
Examples:
  lenet5 train --out runs/first
  lenet5 eval runs/first/model.safetensors
  lenet5 predict runs/first/model.safetensors photo.jpg
  lenet5 train --help"
)]
pub struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    Train(Box<train::Args>),
    Eval(eval::Args),
    Predict(predict::Args),
    Show(show::Args),
    Summary(summary::Args),
    Parity(parity::Args),
    Fingerprint(fingerprint::Args),
    Convert(convert::Args),
    Page(page::Args),
    Compare(compare::Args),
    Info(info::Args),
    Completions(completions::Args),
    Man(man::Args),
}

impl Cli {
    /// What the process was started with. Ends it where that is no command.
    pub fn from_command_line() -> Self {
        Self::parse()
    }

    /// Runs the chosen subcommand.
    pub fn run(self) -> anyhow::Result<ExitCode> {
        use Command::{Convert, Page, Show, Summary};

        // The others that compute have --threads, and check once they are set.
        if matches!(self.command, Show(_) | Summary(_) | Convert(_) | Page(_)) {
            threads::check()?;
        }
        match self.command {
            Command::Train(args) => return train::run(&args),
            Command::Eval(args) => eval::run(&args)?,
            Command::Predict(args) => predict::run(&args)?,
            Command::Show(args) => show::run(&args)?,
            Command::Summary(args) => summary::run(&args)?,
            Command::Parity(args) => parity::run(&args)?,
            Command::Fingerprint(args) => fingerprint::run(&args)?,
            Command::Convert(args) => convert::run(&args)?,
            Command::Page(args) => page::run(&args)?,
            Command::Compare(args) => compare::run(&args)?,
            Command::Info(args) => info::run(&args)?,
            Command::Completions(args) => completions::run(&args, Self::command())?,
            Command::Man(args) => man::run(&args, Self::command())?,
        }
        Ok(ExitCode::SUCCESS)
    }
}

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
    say!("error: {error:#}{}", advice(error));
    ExitCode::FAILURE
}

fn is_closed_pipe(error: &anyhow::Error) -> bool {
    error
        .chain()
        .filter_map(|cause| cause.downcast_ref::<io::Error>())
        .any(|cause| cause.kind() == io::ErrorKind::BrokenPipe)
}
