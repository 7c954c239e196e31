//! A libtorch that the tch in `Cargo.lock` does not go with is refused before anything is built on it.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use torch_twin_build::{locked_above, tch_for};

/// The PyTorch that `Cargo.lock` has the tch for, and another, with their tch.
fn versions() -> [(&'static str, &'static str); 2] {
    let (locked, _) = locked_above(Path::new(env!("CARGO_MANIFEST_DIR"))).unwrap();
    let known = ["2.11.0", "2.13.0"].map(|torch| (torch, tch_for(torch).unwrap()));
    let (fitting, others): (Vec<_>, Vec<_>) =
        known.into_iter().partition(|(_, tch)| *tch == locked);
    [fitting[0], others[0]]
}

/// A folder with what tells the version of a PyTorch, or of a downloaded libtorch.
fn libtorch(name: &str, file: &str, content: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    fs::create_dir_all(&folder).unwrap();
    fs::write(folder.join(file), content).unwrap();
    folder
}

/// Builds this crate, which has no dependency, in a target folder within the workspace's.
fn build(name: &str, environment: &[(&str, &Path)]) -> Output {
    let mut cargo = Command::new(env!("CARGO"));
    cargo
        .args([
            "build",
            "--offline",
            "--quiet",
            "--package",
            "torch-twin-build",
        ])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .env(
            "CARGO_TARGET_DIR",
            Path::new(env!("CARGO_TARGET_TMPDIR"))
                .join(name)
                .join("target"),
        )
        .env_remove("LIBTORCH_USE_PYTORCH")
        .env_remove("LIBTORCH_BYPASS_VERSION_CHECK")
        .env_remove("VIRTUAL_ENV")
        .envs(environment.iter().copied());
    cargo.output().unwrap()
}

#[track_caller]
fn assert_refused(output: &Output, words: &[&str]) {
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(!output.status.success());
    for words in words {
        assert!(stderr.contains(words), "{words:?} in\n{stderr}");
    }
}

#[test]
fn the_pytorch_of_the_locked_tch_is_taken() {
    let [(torch, _), _] = versions();
    let folder = libtorch(
        "fitting",
        "version.py",
        &format!("__version__ = '{torch}+cpu'\n"),
    );
    let output = build("fitting", &[("LIBTORCH", &folder)]);
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
}

#[test]
fn another_pytorch_is_refused_with_its_tch_and_the_commands_that_build_with_it() {
    let [_, (torch, tch)] = versions();
    let minor = torch.rsplit_once('.').unwrap().0;
    let (make, cargo) = (
        format!("make build TORCH={minor}"),
        format!("cargo update tch --precise {tch}"),
    );
    let words = [torch, tch, &make, &cargo];
    let folder = libtorch(
        "other",
        "version.py",
        &format!("__version__ = '{torch}+cpu'\n"),
    );
    assert_refused(&build("other", &[("LIBTORCH", &folder)]), &words);
    let downloaded = libtorch("downloaded", "build-version", &format!("{torch}+cpu\n"));
    assert_refused(&build("downloaded", &[("LIBTORCH", &downloaded)]), &words);
}

#[test]
fn the_active_pythons_pytorch_is_looked_at_too() {
    let [_, (torch, tch)] = versions();
    let folder = libtorch(
        "active",
        "version.py",
        &format!("__version__ = '{torch}'\n"),
    );
    let python = folder.join("python3");
    fs::write(&python, format!("#!/bin/sh\necho '{}'\n", folder.display())).unwrap();
    fs::set_permissions(&python, fs::Permissions::from_mode(0o755)).unwrap();
    let path = format!("{}:{}", folder.display(), std::env::var("PATH").unwrap());
    let environment = [
        ("LIBTORCH_USE_PYTORCH", Path::new("1")),
        ("PATH", Path::new(&path)),
    ];
    assert_refused(&build("active", &environment), &[torch, tch]);
}

#[test]
fn a_pytorch_that_no_tch_goes_with_is_refused_with_those_that_there_are() {
    let folder = libtorch("none", "version.py", "__version__ = '2.99.0'\n");
    let output = build("none", &[("LIBTORCH", &folder)]);
    assert_refused(&output, &["2.99.0", "2.11.0, 2.12.0, 2.13.0"]);
    let bypass = ("LIBTORCH_BYPASS_VERSION_CHECK", Path::new("1"));
    let warned = build("bypassed", &[("LIBTORCH", &folder), bypass]);
    assert!(warned.status.success());
}
