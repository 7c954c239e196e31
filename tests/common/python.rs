use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::Command;

use lenet5::parity::{Python, Reference};

use super::warm_python::warm_python;
use super::{lenet5, repository};

/// The Python with PyTorch. Without it nothing could be compared, so it has to be there.
pub fn venv_python() -> PathBuf {
    let python = repository(".venv/bin/python");
    assert!(
        python.exists(),
        "{}: not there; `make venv` sets it up",
        python.display()
    );
    python
}

/// The PyTorch reference, in a Python that has imported torch already.
pub fn reference() -> Reference<'static> {
    Reference {
        python: Python::new(warm_python(&repository(""), &venv_python())),
        scripts: repository("python_ref"),
    }
}

/// `lenet5 parity` with that reference's Python, in place of one that imports torch anew.
pub fn parity(arguments: &[&str]) -> assert_cmd::Command {
    let mut command = lenet5(&["parity"]);
    command
        .args(arguments)
        .arg("--python")
        .arg(reference().python.path);
    command.env("WARM_PYTHON", std::process::id().to_string());
    command
}

/// Runs a program of the reference's Python, to which the reference's modules are known.
pub fn python<S: AsRef<OsStr>>(program: &str, arguments: impl IntoIterator<Item = S>) {
    let Reference { python, scripts } = reference();
    let program = format!("import sys; sys.path.insert(0, {scripts:?})\n{program}");
    let arguments = arguments.into_iter();
    let arguments = arguments.map(|argument| argument.as_ref().to_owned());
    run(
        &python.path,
        ["-c".into(), program.into()].into_iter().chain(arguments),
    );
}

/// Runs a program of the reference's Python that knows `torch`, in `folder`.
pub fn python_in(folder: &Path, program: &str) {
    let program = format!("import os, torch; os.chdir(sys.argv[1])\n{program}");
    python(&program, [folder]);
}

/// Runs a program to its end, for what it writes to standard output. It fails with what it wrote to
/// standard error if the program fails.
pub fn run<S: AsRef<OsStr>>(program: &Path, arguments: impl IntoIterator<Item = S>) -> String {
    let output = Command::new(program).args(arguments).output();
    let output = output.expect("the program starts");
    let (stderr, status) = (String::from_utf8_lossy(&output.stderr), output.status);
    assert!(
        status.success(),
        "{}: {status}: {stderr}",
        program.display()
    );
    String::from_utf8_lossy(&output.stdout).into_owned()
}
