//! The trained weights as other programs keep them, and what `eval` makes of them.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use assert_cmd::Command;

use crate::common::{lenet5, python, text, trained_weights};

/// The trained weights as other programs keep them, a file each.
pub fn foreign(name: &str) -> PathBuf {
    static FOLDER: OnceLock<PathBuf> = OnceLock::new();
    let folder = FOLDER.get_or_init(|| {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("foreign");
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir(&folder).unwrap();
        python(PROGRAM, [trained_weights(), &folder]);
        folder
    });
    folder.join(name)
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
