//! `lenet5 completions`: what a shell needs to complete the command line.

use std::io::{self, Write};

use clap::CommandFactory;
use clap_complete::Shell;

use super::command_line::Cli;

/// Print a script by which a shell completes this program's commands and options
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  lenet5 completions bash > ~/.local/share/bash-completion/completions/lenet5
  lenet5 completions zsh > ~/.zfunc/_lenet5
  lenet5 completions fish > ~/.config/fish/completions/lenet5.fish")]
pub struct Args {
    /// The shell
    shell: Shell,
}

pub fn run(args: &Args) -> io::Result<()> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "lenet5", &mut script);
    io::stdout().write_all(&script)
}
