//! `lenet5 completions`: what a shell needs to complete the command line.

use std::io::{self, Write};

use clap::Command;
use clap_complete::Shell;

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

/// `all` is the whole command line.
pub fn run(args: &Args, mut all: Command) -> io::Result<()> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut all, "lenet5", &mut script);
    io::stdout().write_all(&script)
}
