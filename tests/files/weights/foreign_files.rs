//! The trained weights as other programs keep them, and what `eval` makes of them.

use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use assert_cmd::Command;

use crate::common::{lenet5, once_a_run, python, text, trained_weights};

/// The trained weights as other programs keep them, a file each.
pub fn foreign(name: &str) -> PathBuf {
    let make = |folder: &Path| python(PROGRAM, [trained_weights(), folder]);
    once_a_run("foreign", make).join(name)
}

const PROGRAM: &str = include_str!("foreign_files.py");

pub fn eval(weights: &Path, options: &[&str]) -> Command {
    let mut command = lenet5(&["eval", text(weights), "--data", "sample"]);
    command.args(options);
    command
}

/// What `eval` says of the trained weights as they are.
pub fn plain() -> &'static str {
    static PLAIN: OnceLock<String> = OnceLock::new();
    PLAIN.get_or_init(|| stdout(&mut eval(trained_weights(), &[])))
}

pub fn stdout(command: &mut Command) -> String {
    let run = command.assert().success();
    String::from_utf8(run.get_output().stdout.clone()).unwrap()
}
