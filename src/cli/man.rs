//! `lenet5 man`: the manual.

use std::io::{self, Write};

use clap::Command;
use clap_mangen::Man;

use super::failure::UsageError;

/// Print a page of the manual, for man to show
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  lenet5 man > lenet5.1 && man ./lenet5.1
  lenet5 man train > lenet5-train.1")]
pub struct Args {
    /// The command that the page is of [default: the page of all]
    command: Option<String>,
}

/// `all` is the whole command line.
pub fn run(args: &Args, mut all: Command) -> anyhow::Result<()> {
    all.build();
    let command = match &args.command {
        None => all,
        Some(name) => {
            let found = all.find_subcommand(name).cloned();
            found.ok_or_else(|| UsageError(format!("there is no command {name:?}")))?
        }
    };
    let mut page = Vec::new();
    Man::new(command).render(&mut page)?;
    Ok(io::stdout().write_all(&page)?)
}
