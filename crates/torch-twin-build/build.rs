//! Refuses a libtorch that the tch in `Cargo.lock` does not go with, before anything is built on it.
//!
//! torch-sys looks at the version of a downloaded libtorch alone, and knows no other tch: on the one
//! within a PyTorch it is built for minutes, and does not work.

use std::env;
use std::path::PathBuf;
use std::process::Command;

#[path = "src/versions.rs"]
#[allow(dead_code, reason = "the library has use for the rest")]
mod versions;

/// Turns off torch-sys's own refusals, and makes those of this script warnings.
const BYPASS: &str = "LIBTORCH_BYPASS_VERSION_CHECK";

/// Prints the folder of Python's torch without loading it.
const FIND_TORCH: &str =
    "import importlib.util as u; print(u.find_spec('torch').submodule_search_locations[0])";

fn main() {
    for file in ["build.rs", "src/versions.rs", "versions.txt"] {
        println!("cargo:rerun-if-changed={file}");
    }
    let libtorch = libtorch();
    let Some((torch, file)) = libtorch.as_deref().and_then(versions::torch_version) else {
        return;
    };
    println!("cargo:rerun-if-changed={}", file.display());
    let locked = versions::locked_tch();
    if let Some((_, lock)) = &locked {
        println!("cargo:rerun-if-changed={}", lock.display());
    }
    let locked = locked.map(|(tch, _)| tch);
    if let Some(reason) = why_not(&torch, locked.as_deref()) {
        let kind = if is_set(BYPASS) { "warning" } else { "error" };
        let file = file.display();
        println!("cargo::{kind}=the libtorch of {file} is that of PyTorch {torch}{reason}");
    }
}

/// Why a PyTorch does not go with the tch in `Cargo.lock`, and what to do.
fn why_not(torch: &str, locked: Option<&str>) -> Option<String> {
    let Some(wanted) = versions::tch_for(torch) else {
        let known = versions::torches().join(", ");
        return Some(format!(
            "; there is a tch for {known}. To build all the same, set {BYPASS}=1"
        ));
    };
    let locked = locked.filter(|locked| *locked != wanted)?;
    let minor: Vec<_> = torch.split('.').take(2).collect();
    let minor = minor.join(".");
    let made_for = versions::torch_of(wanted).filter(|made_for| !torch.starts_with(made_for));
    let bypass = made_for.map_or(String::new(), |made_for| {
        format!(" with {BYPASS}=1, since that tch was made for {made_for}")
    });
    Some(format!(
        ", which goes with tch {wanted}, and Cargo.lock has tch {locked}. In a clone of lenet5: make \
         build TORCH={minor}. In a package of your own: cargo update tch --precise {wanted}, and build\
         {bypass}"
    ))
}

/// The libtorch that torch-sys will take, where it can be known.
fn libtorch() -> Option<PathBuf> {
    if is_set("LIBTORCH_USE_PYTORCH") {
        let python = match is_set("VIRTUAL_ENV") {
            true => "python",
            false => "python3",
        };
        let output = Command::new(python).args(["-c", FIND_TORCH]).output();
        let path = String::from_utf8(output.ok()?.stdout).ok()?;
        return Some(PathBuf::from(path.trim()));
    }
    println!("cargo:rerun-if-env-changed=LIBTORCH");
    env::var_os("LIBTORCH").map(PathBuf::from)
}

fn is_set(name: &str) -> bool {
    println!("cargo:rerun-if-env-changed={name}");
    env::var_os(name).is_some()
}
