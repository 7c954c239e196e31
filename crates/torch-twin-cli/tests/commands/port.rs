//! `torch-twin port` as a program: which Python it runs, what it hands on, and what it says without the package.
#![cfg(unix)]

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

/// A Python in `bin/python` of a folder: it finds a package if `has_package`, says what it is told, and ends with 7.
fn pretended_python(has_package: bool) -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let python = folder.path().join("bin/python");
    fs::create_dir(folder.path().join("bin")).unwrap();
    let found = if has_package { 0 } else { 1 };
    let script = format!(
        "#!/bin/sh\n[ \"$1\" = -c ] && exit {found}\nfor word; do printf '<%s>' \"$word\"; done\nexit 7\n"
    );
    fs::write(&python, script).unwrap();
    fs::set_permissions(&python, fs::Permissions::from_mode(0o755)).unwrap();
    (folder, python)
}

fn port(words: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_torch-twin"));
    command.arg("port").args(words).env_remove("VIRTUAL_ENV");
    command
}

/// The exit code, standard output and standard error.
fn ran(command: &mut Command) -> (Option<i32>, String, String) {
    let output = command.output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (
        output.status.code(),
        text(output.stdout),
        text(output.stderr),
    )
}

#[test]
fn arguments_and_exit_code_are_those_of_python() {
    let (_folder, python) = pretended_python(true);
    let python = python.to_str().unwrap();
    let words = ["net.py", "--out", "my net", "--python", python, "--force"];
    let (code, stdout, _) = ran(&mut port(&words));
    assert_eq!(code, Some(7));
    assert_eq!(
        stdout,
        "<-m><torch_twin><port><net.py><--out><my net><--force>"
    );
    let equals = format!("--python={python}");
    let (code, stdout, _) = ran(&mut port(&[&equals, "--help"]));
    assert_eq!(
        (code, stdout.as_str()),
        (Some(7), "<-m><torch_twin><port><--help>")
    );
}

#[test]
fn the_python_of_the_active_environment_is_the_default() {
    let (folder, _) = pretended_python(true);
    let (code, stdout, _) = ran(port(&["net.py"]).env("VIRTUAL_ENV", folder.path()));
    assert_eq!(
        (code, stdout.as_str()),
        (Some(7), "<-m><torch_twin><port><net.py>")
    );
}

#[test]
fn a_python_without_the_package_is_told_how_to_get_it() {
    let (_folder, python) = pretended_python(false);
    let python = python.to_str().unwrap();
    let (code, stdout, stderr) = ran(&mut port(&["net.py", "--python", python]));
    assert_eq!((code, stdout.as_str()), (Some(1), ""));
    let checkout = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../python");
    let package = checkout.canonicalize().unwrap();
    let expected = format!(
        "error: {python} has no package torch_twin: install it by `{python} -m pip install {}`\n",
        package.display()
    );
    assert_eq!(stderr, expected);
}

#[test]
fn a_python_that_is_not_there_is_an_error() {
    let (code, _, stderr) = ran(&mut port(&["net.py", "--python", "/nowhere/python"]));
    assert_eq!(code, Some(1));
    assert_eq!(
        stderr,
        "error: /nowhere/python: name another Python by --python: No such file or directory (os error 2)\n"
    );
    let (code, _, stderr) = ran(&mut port(&["net.py", "--python"]));
    assert_eq!(
        (code, stderr.as_str()),
        (Some(2), "error: --python: name a Python after it\n")
    );
}

#[test]
fn the_package_of_this_checkout_answers() {
    let package = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../python");
    let python = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../.venv/bin/python");
    let words = [
        "absent.py",
        "--out",
        "a",
        "--python",
        &python.to_string_lossy(),
    ];
    let (code, stdout, stderr) = ran(port(&words).env("PYTHONPATH", package));
    assert_eq!((code, stdout.as_str()), (Some(1), ""), "{stderr}");
    assert!(
        stderr.starts_with("error: absent.py: no such file"),
        "{stderr}"
    );
}
