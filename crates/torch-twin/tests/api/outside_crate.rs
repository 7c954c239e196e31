//! A crate outside of this workspace links with libtorch, and its program runs anywhere.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

use crate::common::{cargo, run, run_program};
use tempfile::TempDir;

const NAME: &str = "torch-twin-outside-crate";
const README: &str = include_str!("../../README.md");
const BUILD_SCRIPT: &str = "fn main() {\n    torch_twin_build::link();\n}\n";
const PROGRAM: &str = include_str!("outside_crate/program.rs");

/// What `program.rs` says of the numbers, by PyTorch.
const PYTHON: &str = "
import torch
import torch.nn.functional as F
from torch import nn

class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.scale = nn.Parameter(torch.ones(4))
        self.fc = nn.Linear(4, 2)

    def forward(self, x):
        return self.fc(x * self.scale)

torch.set_num_threads(1)
torch.manual_seed(0)
net = Net()
optimizer = torch.optim.Adam(net.parameters())
for _step in range(3):
    x = torch.randn(8, 4)
    target = torch.randint(0, 2, [8])
    optimizer.zero_grad()
    F.cross_entropy(net(x), target).backward()
    optimizer.step()
for name, tensor in net.named_parameters():
    print(name, tensor.detach().flatten().view(torch.int32).tolist())
";

fn manifest(name: &str) -> String {
    let crates = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let path = |name: &str| serde_json::to_string(&crates.join(name)).unwrap();
    format!(
        "[workspace]

[package]
name = \"{name}\"
version = \"0.0.0\"
edition = \"2024\"

[dependencies]
tch = \"={}\"
torch-twin = {{ path = {} }}

[build-dependencies]
torch-twin-build = {{ path = {} }}

# As in the workspace, whose torch-sys can then be taken as it is, and in a port, whose torch-twin can.
[profile.release.package]
bzip2-sys.opt-level = 0
torch-sys.opt-level = 0
zstd-sys.opt-level = 0
",
        torch_twin::libtorch::TCH_VERSION,
        path("torch-twin"),
        path("torch-twin-build")
    )
}

/// A crate of one program.
fn outside_crate(name: &str, program: &str) -> TempDir {
    let outside = tempfile::tempdir().unwrap();
    let folder = outside.path();
    fs::create_dir(folder.join("src")).unwrap();
    fs::write(folder.join("src/main.rs"), program).unwrap();
    fs::write(folder.join("Cargo.toml"), manifest(name)).unwrap();
    let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    fs::copy(workspace.join("Cargo.lock"), folder.join("Cargo.lock")).unwrap();
    outside
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

/// The line of the program that each error of the compiler marks, and its words.
fn errors(folder: &Path) -> Vec<(u64, String)> {
    let mut check = cargo_in(folder, "build");
    let output = check.arg("--message-format=json").output().unwrap();
    assert!(!output.status.success(), "the program compiles");
    let messages = String::from_utf8(output.stdout).unwrap();
    let error = |message: &str| {
        let message: serde_json::Value = serde_json::from_str(message).unwrap();
        let message = &message["message"];
        let spans = message["spans"].as_array()?;
        // Where the compiler blames the macro, it marks the line beside.
        let is_line = |span: &&serde_json::Value| {
            span["file_name"] == "src/main.rs" && span["line_start"] == span["line_end"]
        };
        let mut lines: Vec<_> = spans.iter().filter(is_line).collect();
        lines.sort_by_key(|span| span["is_primary"] != true);
        let line = lines.first()?["line_start"].as_u64()?;
        let words = message["message"].as_str()?.to_owned();
        (message["level"] == "error").then_some((line, words))
    };
    messages.lines().filter_map(error).collect()
}

#[test]
fn an_error_in_a_declaration_points_at_its_line() {
    let faults = [
        (
            "fc Linear = Linear::new(4, 2, generator)?",
            "a line begins with",
        ),
        ("fc: Linear", "expected `=` and what makes `fc`"),
        ("width: usize = 3", "`usize` is no module"),
        (
            "#[name = \"first\"] fc: Relu = Relu",
            "`first` is the name of `first` already",
        ),
        ("#[name = \"a.b\"] fc: Relu = Relu", "no dot"),
        ("#[name = 3] fc: Relu = Relu", "write the name in Python"),
        (
            "#[name = \"n\"] field fc: usize = 3",
            "a plain field is not among Python's names",
        ),
        ("type: Relu = Relu", "write `#[name = \"type\"] type_`"),
        ("fc: Linear = Relu", "mismatched types"),
        ("fc: Linear = Linear::new(4, 2)?", "takes 3 arguments"),
        ("param weight: Tensor = 3", "mismatched types"),
    ];
    let outside = outside_crate("torch-twin-outside-macro", "");
    for (line, words) in faults {
        let program = format!(
            "use torch_twin::prelude::*;\n\nmodule! {{\n    pub struct Net(generator: &mut Generator) {{\n        \
             first: Relu = Relu,\n        {line},\n        last: Relu = Relu,\n    }}\n}}\n\nfn main() {{}}\n"
        );
        fs::write(outside.path().join("src/main.rs"), program).unwrap();
        let errors = errors(outside.path());
        let is_it = |(place, said): &(u64, String)| (6..=7).contains(place) && said.contains(words);
        assert!(errors.iter().any(is_it), "{line}: {errors:?}");
        assert!(
            errors.iter().all(|(place, _)| (6..=7).contains(place)),
            "{line}: {errors:?}"
        );
    }
}

#[test]
fn a_module_of_1000_fields_compiles() {
    let mut program =
        "use torch_twin::prelude::*;\n\nmodule! {\n    struct Net(generator: &mut Generator) {\n"
            .to_owned();
    for index in 0..1000 {
        program += &format!("        fc{index}: Linear = Linear::new(2, 2, generator)?,\n");
    }
    program += "    }\n}\n\nfn main() -> Result<()> {\n    let net = Net::new(&mut Generator::manual_seed(0))?;\n    \
                println!(\"{}\", net.parameters().len());\n    Ok(())\n}\n";
    let outside = outside_crate("torch-twin-outside-large", "fn main() {}");
    run(&mut cargo_in(outside.path(), "build"));
    fs::write(outside.path().join("src/main.rs"), program).unwrap();
    let start = Instant::now();
    assert_eq!(run(&mut cargo_in(outside.path(), "run")), "2000\n");
    println!("compiled and run in {:.1} s", start.elapsed().as_secs_f64());
}

#[test]
fn one_line_in_its_build_script_lets_its_program_find_libtorch_from_anywhere() {
    assert!(
        README.contains(BUILD_SCRIPT),
        "the README shows another line"
    );
    let outside = outside_crate(NAME, PROGRAM);
    let folder = outside.path();
    let numbers = run_program(PYTHON, [""; 0]);

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
