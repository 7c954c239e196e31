//! A crate outside of this workspace links with libtorch, and its program runs anywhere.

mod common;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use common::{cargo, python, run};

const NAME: &str = "torch-twin-outside-crate";
const README: &str = include_str!("../README.md");
const BUILD_SCRIPT: &str = "fn main() {\n    torch_twin_build::link();\n}\n";
const PROGRAM: &str = include_str!("outside_crate/program.rs");

/// What `program.rs` says of the numbers, by PyTorch.
const PYTHON: &str = "
import torch
torch.manual_seed(0)
weight = torch.nn.Linear(4, 2).weight
print(weight.detach().flatten().view(torch.int32).tolist())
";

fn manifest() -> String {
    let crates = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let path = |name: &str| serde_json::to_string(&crates.join(name)).unwrap();
    format!(
        "[workspace]

[package]
name = \"{NAME}\"
version = \"0.0.0\"
edition = \"2024\"

[dependencies]
tch = \"={}\"
torch-twin = {{ path = {} }}

[build-dependencies]
torch-twin-build = {{ path = {} }}

# As in the workspace, whose torch-sys can then be taken as it is.
[profile.release.package.torch-sys]
opt-level = 0
",
        torch_twin::libtorch::TCH_VERSION,
        path("torch-twin"),
        path("torch-twin-build")
    )
}

/// The folder in which cargo keeps what it built of this workspace.
fn target_folder() -> &'static Path {
    Path::new(env!("CARGO_TARGET_TMPDIR")).parent().unwrap()
}

fn cargo_in(folder: &Path, command: &str) -> Command {
    let mut cargo = cargo(command);
    cargo
        .current_dir(folder)
        .env("CARGO_TARGET_DIR", target_folder());
    cargo
}

/// Builds the crate in `folder`; torch-sys, which takes minutes, must be the workspace's.
fn build(folder: &Path) -> PathBuf {
    let messages = run(cargo_in(folder, "build").arg("--message-format=json"));
    let is_fresh = |message: &str| {
        let message: serde_json::Value = serde_json::from_str(message).unwrap();
        let target = message["target"]["name"].as_str()?;
        (target == "torch_sys").then(|| message["fresh"].as_bool())?
    };
    let fresh: Vec<bool> = messages.lines().filter_map(is_fresh).collect();
    assert_eq!(fresh, [true], "torch-sys is built anew");
    let profile = if cfg!(debug_assertions) {
        "debug"
    } else {
        "release"
    };
    target_folder().join(profile).join(NAME)
}

/// The program, started from elsewhere with nothing in its environment.
fn alone(program: &Path) -> Command {
    let mut command = Command::new(program);
    command.env_clear().current_dir("/");
    command
}

#[test]
fn one_line_in_its_build_script_lets_its_program_find_libtorch_from_anywhere() {
    assert!(
        README.contains(BUILD_SCRIPT),
        "the README shows another line"
    );
    let outside = tempfile::tempdir().unwrap();
    let folder = outside.path();
    fs::create_dir(folder.join("src")).unwrap();
    fs::write(folder.join("src/main.rs"), PROGRAM).unwrap();
    fs::write(folder.join("Cargo.toml"), manifest()).unwrap();
    let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    fs::copy(workspace.join("Cargo.lock"), folder.join("Cargo.lock")).unwrap();
    let numbers = run(Command::new(python()).args(["-c", PYTHON]));

    let program = build(folder);
    let under_cargo = run(cargo_in(folder, "run").env_remove("LD_LIBRARY_PATH"));
    assert!(under_cargo.ends_with(&numbers), "{under_cargo}");
    let output = alone(&program).output().unwrap();
    let complaint = String::from_utf8(output.stderr).unwrap();
    assert!(!output.status.success(), "started without the line");
    assert!(complaint.contains("libtorch"), "{complaint}");

    fs::write(folder.join("build.rs"), BUILD_SCRIPT).unwrap();
    let printed = run(&mut alone(&build(folder)));
    let (cuda, rest) = printed.split_once('\n').unwrap();
    assert_eq!(rest, numbers);
    let is_absent =
        cuda.starts_with("CUDA is not available: ") && cuda.ends_with("the CPU works everywhere");
    assert!(is_absent || cuda == "cuda:0", "{cuda}");
}
