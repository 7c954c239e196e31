//! The command line: a file a subcommand.

#[macro_use]
mod say;

mod class_names;
mod command_line;
mod compare;
mod completions;
mod confusion;
mod convert;
mod drawing;
mod eval;
mod failure;
mod fingerprint;
mod info;
mod interrupt;
mod man;
mod options;
mod output;
mod page;
mod parity;
mod predict;
mod progress;
mod recipe;
mod show;
mod summary;
mod table;
mod train;
mod variant;
mod weights;

pub use command_line::{Cli, report};
