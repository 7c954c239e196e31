//! Refuses a libtorch that the tch in `Cargo.lock` does not go with, before anything is built on it.
//!
//! torch-sys looks at the version of a downloaded libtorch alone, and knows no other tch: on the one
//! within a PyTorch it is built for minutes, and does not work.

use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;

#[path = "src/versions.rs"]
#[allow(dead_code)]
mod versions;

/// Prints the folder of Python's torch without loading it.
const FIND_TORCH: &str =
    "import importlib.util as u; print(u.find_spec('torch').submodule_search_locations[0])";

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    println!("cargo:rerun-if-changed=src/versions.rs");
    println!("cargo:rerun-if-changed=versions.txt");
    if is_set("LIBTORCH_BYPASS_VERSION_CHECK") {
        return;
    }
    let out_dir = env::var_os("OUT_DIR").map(PathBuf::from);
    let tch = out_dir.and_then(|folder| versions::locked_tch(&folder));
    let libtorch = libtorch();
    let torch = libtorch.as_deref().and_then(versions::torch_version);
    let (Some(tch), Some((torch, file))) = (tch, torch) else {
        return;
    };
    println!("cargo:rerun-if-changed={}", file.display());
    match versions::tch_for(&torch) {
        Some(wanted) if wanted == tch => {}
        Some(wanted) => refuse(&torch, &file, &tch, wanted),
        None => println!(
            "cargo::error=the libtorch of {} is that of PyTorch {torch}; there is a tch for {}",
            file.display(),
            versions::torches().join(", ")
        ),
    }
}

fn refuse(torch: &str, file: &Path, tch: &str, wanted: &str) {
    let minor: Vec<_> = torch.split('.').take(2).collect();
    println!(
        "cargo::error=the libtorch of {} is that of PyTorch {torch}, which goes with tch {wanted}, \
         and Cargo.lock has tch {tch}. In a clone of lenet5: make build TORCH={}. In a package of \
         your own: cargo update tch --precise {wanted}",
        file.display(),
        minor.join(".")
    );
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
