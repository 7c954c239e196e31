//! Lets the binary find libtorch at run time, from any working directory, and tells it its commit.

use std::path::Path;
use std::process::Command;

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    torch_twin_build::link();
    if let Some(commit) = commit() {
        println!("cargo:rustc-env=LENET5_COMMIT={commit}");
    }
}

/// The commit that is checked out, where this is a clone and not an unpacked package.
fn commit() -> Option<String> {
    // It grows with every commit, and with every change of the branch.
    let log = Path::new(".git/logs/HEAD");
    if !log.exists() {
        return None;
    }
    println!("cargo:rerun-if-changed={}", log.display());
    let output = Command::new("git")
        .args(["rev-parse", "HEAD"])
        .output()
        .ok()?;
    let commit = String::from_utf8(output.stdout).ok()?;
    output.status.success().then(|| commit.trim().to_owned())
}
