//! Programs in Python that record themselves, and the mistakes that are planted into them.

use std::fs;
use std::path::{Path, PathBuf};

use torch_twin::diff::{Options, Report, Side};

use crate::common::run_python;

pub fn program(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/traces/programs");
    folder.join(name)
}

pub fn compared(a: &Path, b: &Path) -> Report {
    let [a, b] = [a, b].map(|path| Side::open(path).unwrap());
    Report::new(&a, &b, Options::default()).unwrap()
}

/// The program with each of `changes`, an old text and its new one, against the program as it is.
pub fn changed(name: &str, changes: &[(&str, &str)]) -> Report {
    let folder = tempfile::tempdir().unwrap();
    let [changed, ours, theirs] =
        ["changed.py", "ours.trace", "theirs.trace"].map(|file| folder.path().join(file));
    let mut text = fs::read_to_string(program(name)).unwrap();
    for (old, new) in changes {
        assert!(text.contains(old), "{name} has no {old:?}");
        text = text.replace(old, new);
    }
    fs::write(&changed, text).unwrap();
    run_python(&changed, [&theirs]);
    run_python(&program(name), [&ours]);
    compared(&theirs, &ours)
}

#[track_caller]
pub fn assert_first(name: &str, old: &str, new: &str, first: &str) -> String {
    let report = changed(name, &[(old, new)]);
    assert_eq!(report.line(), format!("first difference: {first}"));
    report.verdict.unwrap().reason
}
