//! `lenet5 convert` and `lenet5 train --init` as their users meet them.

mod common;

use std::fs;
use std::path::{Path, PathBuf};

use assert_cmd::Command;
use predicates::prelude::*;
use predicates::str::{contains, ends_with};
use serde_json::Value;
use tempfile::TempDir;

use common::{reference, repository, run};

fn lenet5() -> Command {
    let mut command = Command::cargo_bin("lenet5").unwrap();
    command.env_remove("LENET5_DATA");
    command
}

fn convert(input: &Path, output: &Path) -> Command {
    let mut command = lenet5();
    command.arg("convert").args([input, output]);
    command
}

/// `lenet5 train` on the sample for one epoch of large batches, into the folder `out`.
fn train(out: &Path, options: &[&str]) -> Value {
    let mut command = lenet5();
    command.args([
        "train",
        "--data",
        "sample",
        "--epochs",
        "1",
        "--threads",
        "1",
    ]);
    command.args(["--batch-size", "500", "--out"]).arg(out);
    command.args(options).assert().success();
    serde_json::from_slice(&fs::read(out.join("run.json")).unwrap()).unwrap()
}

/// Weights trained in Rust.
fn trained(folder: &TempDir) -> PathBuf {
    train(folder.path(), &[]);
    folder.path().join("model.safetensors")
}

/// Runs a program of the reference's Python with `arguments`.
fn python<const N: usize>(program: &str, arguments: [&Path; N]) {
    let scripts = repository("python_ref");
    let program = format!("import sys; sys.path.insert(0, {scripts:?})\n{program}");
    let options = [Path::new("-c"), Path::new(&program)];
    run(&reference().python, options.into_iter().chain(arguments));
}

#[test]
fn weights_trained_in_rust_come_back_from_every_format_of_python_with_equal_bits() {
    let folder = TempDir::new().unwrap();
    let weights = trained(&folder);
    let exported = folder.path().join("exported");
    let script = repository("python_ref/export_formats.py");
    let arguments = [
        &script,
        Path::new("--weights"),
        &weights,
        Path::new("--out"),
        &exported,
    ];
    run(&reference().python, arguments);
    // Python keeps no metadata, so the way through Python once is what the others are held to.
    let expected = folder.path().join("expected.safetensors");
    convert(&exported.join("model.safetensors"), &expected)
        .assert()
        .success();
    for file in [
        "state_dict.pt",
        "legacy.pth",
        "whole_module.pt",
        "scripted.pt",
        "traced.pt",
    ] {
        let output = folder.path().join(format!("{file}.safetensors"));
        convert(&exported.join(file), &output).assert().success();
        assert!(
            fs::read(&output).unwrap() == fs::read(&expected).unwrap(),
            "{file}"
        );
    }
    let program = "from safetensors.torch import load_file
ours, theirs = map(load_file, sys.argv[1:])
assert ours.keys() == theirs.keys()
assert all(ours[name].numpy().tobytes() == theirs[name].numpy().tobytes() for name in ours)";
    python(program, [&weights, &expected]);
}

#[test]
fn safetensors_become_safetensors_with_their_metadata() {
    let folder = TempDir::new().unwrap();
    let weights = trained(&folder);
    let copy = folder.path().join("copy.safetensors");
    convert(&weights, &copy).assert().success();
    assert!(fs::read(weights).unwrap() == fs::read(copy).unwrap());
}

#[test]
fn torchscript_from_rust_gives_python_equal_logits_for_any_batch_size() {
    let folder = TempDir::new().unwrap();
    let weights = trained(&folder);
    let module = folder.path().join("lenet5.pt");
    convert(&weights, &module).assert().success();
    let program = "import json, torch
from load_weights import load_weights
files = {'lenet5.json': ''}
ours, theirs = torch.jit.load(sys.argv[2], _extra_files=files), load_weights(sys.argv[1])
assert json.loads(files['lenet5.json'])['seed'] == '0'
torch.manual_seed(0)
with torch.no_grad():
    for size in (1, 2, 7, 1000):
        images = torch.rand(size, 1, 32, 32)
        for run in range(3):  # The interpreter optimises what it has run before.
            assert ours(images).numpy().tobytes() == theirs(images).numpy().tobytes(), size";
    python(program, [&weights, &module]);
}

#[test]
fn eval_says_the_same_of_the_weights_the_torchscript_and_python() {
    let folder = TempDir::new().unwrap();
    let weights = trained(&folder);
    let module = folder.path().join("lenet5.pt");
    convert(&weights, &module).assert().success();
    let eval = |path: &Path| {
        let mut command = lenet5();
        command
            .arg("eval")
            .arg(path)
            .args(["--data", "sample", "--threads", "1"]);
        let output = command.assert().success().get_output().stdout.clone();
        String::from_utf8(output).unwrap()
    };
    let native = eval(&weights);
    assert_eq!(native, eval(&module));
    let mut python = Command::new(reference().python);
    python
        .arg(repository("python_ref/load_weights.py"))
        .arg(&weights);
    python
        .arg("--data")
        .arg(common::sample_folder())
        .args(["--threads", "1"]);
    let accuracy = native.lines().nth(1).unwrap().split(" (").next().unwrap();
    let loss = native.lines().next().unwrap();
    python
        .assert()
        .success()
        .stdout(format!("{loss}\n{accuracy}\n"));
}

#[test]
fn convert_keeps_what_is_there_unless_forced() {
    let folder = TempDir::new().unwrap();
    let weights = trained(&folder);
    for name in ["taken.safetensors", "taken.pt"] {
        let taken = folder.path().join(name);
        fs::write(&taken, "precious").unwrap();
        let refused = convert(&weights, &taken).assert().code(1);
        refused.stderr(contains(
            "exists; name another file, or overwrite it with --force",
        ));
        assert_eq!(fs::read(&taken).unwrap(), b"precious");
        convert(&weights, &taken).arg("--force").assert().success();
        assert_ne!(fs::read(&taken).unwrap(), b"precious");
    }
}

#[test]
fn an_unknown_ending_is_a_usage_error() {
    let refused = convert(Path::new("in.pt"), Path::new("out.onnx"))
        .assert()
        .code(2);
    refused.stderr(contains("expected a name that ends in .safetensors or .pt"));
}

#[test]
fn a_failed_convert_leaves_no_file() {
    let folder = TempDir::new().unwrap();
    let input = folder.path().join("in.pt");
    fs::write(&input, "no weights").unwrap();
    let output = folder.path().join("out.safetensors");
    let message = "in.pt: neither safetensors, nor written by torch.save or torch.jit.save\n";
    convert(&input, &output)
        .assert()
        .code(1)
        .stderr(ends_with(message));
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
}

#[test]
fn train_init_starts_from_the_weights_and_shuffles_by_the_seed() {
    let folder = TempDir::new().unwrap();
    let weights = trained(&folder);
    let first: Value =
        serde_json::from_slice(&fs::read(folder.path().join("run.json")).unwrap()).unwrap();
    let init = ["--init", weights.to_str().unwrap()];
    let out = |name: &str| folder.path().join(name);
    let run = train(&out("a"), &init);
    assert_eq!(run["init"]["weights_sha256"], first["weights_sha256"]);
    assert_ne!(run["weights_sha256"], first["weights_sha256"]);
    let again = train(&out("b"), &init);
    assert_eq!(again["weights_sha256"], run["weights_sha256"]);
    let other_seed = train(&out("c"), &[&init[..], &["--seed", "1"]].concat());
    assert_ne!(other_seed["weights_sha256"], run["weights_sha256"]);
}

#[test]
fn weights_that_do_not_fit_are_refused_before_an_earlier_run_is_overwritten() {
    let folder = TempDir::new().unwrap();
    let weights = trained(&folder);
    let before = fs::read(&weights).unwrap();
    let mut command = lenet5();
    command.args([
        "train",
        "--data",
        "sample",
        "--classes",
        "12",
        "--force",
        "--out",
    ]);
    command.arg(folder.path()).arg("--init").arg(&weights);
    let fault = contains("fc2.bias: expected shape [12], found [10]");
    command.assert().code(1).stderr(fault);
    assert!(fs::read(&weights).unwrap() == before);
}

#[test]
fn eval_notes_a_conversion_on_standard_error() {
    let folder = TempDir::new().unwrap();
    let half = folder.path().join("half.pt");
    let program = "import torch
from model import VARIANTS
torch.save(VARIANTS['classic']().half().state_dict(), sys.argv[1])";
    python(program, [&half]);
    let mut command = lenet5();
    command.arg("eval").arg(&half).args(["--data", "sample"]);
    let note = contains("note: ").and(contains("converted from float16 to float32: conv1.weight"));
    command.assert().success().stderr(note);
}
