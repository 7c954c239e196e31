//! `lenet5 parity`: the comparison with PyTorch, from the command line.

use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};
use std::{fs, process, thread};

use crate::common::{
    self, LIMIT, json_object, lenet5, python, reference, signal, spawn, stderr, text,
    trained_weights,
};
use assert_cmd::Command;
use lenet5::variant::VARIANTS;
use predicates::prelude::*;
use predicates::str::contains;
use serde_json::{Value, json};
use tempfile::TempDir;
use torch_twin::libtorch;

fn parity(arguments: &[&str]) -> Command {
    let mut command = lenet5(&["parity", "--data", "sample", "--threads", "1"]);
    command.args(arguments);
    command
}

/// The same with a Python that has imported torch already.
fn parity_soon(arguments: &[&str]) -> Command {
    let mut command = common::parity(&["--data", "sample", "--threads", "1"]);
    command.args(arguments);
    command
}

/// The report of a comparison that must end with `code`.
fn report(mut command: Command, code: i32) -> Value {
    command.arg("--json");
    json_object(command, code)
}

fn stages(report: &Value) -> &[Value] {
    report["diff"]["stages"].as_array().expect("a list")
}

/// The stage of a step, kind and name.
fn stage<'a>(report: &'a Value, (step, kind, name): (u64, &str, &str)) -> &'a Value {
    let mut stages = stages(report).iter();
    let is =
        |stage: &&Value| stage["step"] == step && stage["kind"] == kind && stage["name"] == name;
    let stage = stages.find(is);
    stage.unwrap_or_else(|| panic!("no {kind} of {name} in step {step}"))
}

fn folder() -> TempDir {
    tempfile::tempdir().expect("a temporary folder")
}

/// An executable in `folder` that stands in for Python.
fn script(folder: &Path, content: &str) -> PathBuf {
    let path = folder.join("python");
    fs::write(&path, format!("#!/bin/sh\n{content}\n")).expect("it can be written");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).expect("it can be run");
    path
}

/// A scripted module of the trained weights, after the Python lines `change` have seen `model`.
fn module(folder: &Path, change: &str) -> PathBuf {
    let path = folder.join("module.pt");
    let program = format!(
        "import torch
from load_weights import load_weights
from pathlib import Path
model = load_weights(Path(sys.argv[1]))
{change}
torch.jit.script(model).save(sys.argv[2])"
    );
    python(&program, [trained_weights(), &path]);
    path
}

/// As an installed program is used: the scripts come along in it. The first finds its Python itself.
#[test]
fn every_other_variant_is_identical_to_pytorch_from_any_folder() {
    let elsewhere = folder();
    for (number, variant) in VARIANTS[1..].iter().enumerate() {
        let parity = if number == 0 { parity } else { parity_soon };
        let mut command = parity(&["--variant", variant.name, "--steps", "2"]);
        command.current_dir(elsewhere.path());
        assert_eq!(report(command, 0)["variant"], variant.name);
    }
}

#[test]
fn initial_weights_layers_gradients_and_steps_are_identical_to_pytorch() {
    let steps = ["--steps", "3", "1"];
    let report = report(
        parity_soon(&[&["--seed", "18446744073709551615"], &steps[..]].concat()),
        0,
    );
    assert_eq!(report["identical"], true);
    let shapes = [
        ((0, "weight", "conv1.weight"), json!([6, 1, 5, 5])),
        ((0, "output", "test"), json!([2000, 10])),
        ((1, "output", "labels"), json!([64])),
        ((1, "input", ""), json!([64, 1, 32, 32])),
        ((1, "output", "conv1"), json!([64, 6, 28, 28])),
        ((1, "output", "fc2"), json!([64, 10])),
        ((1, "loss", "loss"), json!([])),
        ((1, "gradient", "fc2.bias"), json!([10])),
        ((1, "weight", "fc1.weight"), json!([84, 120])),
        ((3, "optimizer", "0.exp_avg"), json!([6, 1, 5, 5])),
        ((3, "weight", "fc1.weight"), json!([84, 120])),
    ];
    for (what, shape) in shapes {
        let stage = stage(&report, what);
        assert_eq!(stage["a"]["shape"], shape, "{what:?}");
        assert_eq!(stage["identical"], true, "{what:?}");
    }
    assert!(stages(&report).iter().all(|stage| stage["step"] != 2));
}

#[test]
fn trained_weights_are_compared_and_their_accuracy_shown() {
    let weights = text(trained_weights());
    parity_soon(&["--weights", weights, "--steps", "1"])
        .assert()
        .success()
        .stdout(
            contains(format!("torch {}", torch()))
                .and(contains("no difference: 79 stages are equal, bit by bit"))
                .and(
                    predicate::str::is_match(r"start: (9\d\.\d\d%) here, 9\d\.\d\d% there")
                        .unwrap(),
                ),
        );
}

/// The other side adds one unit in the last place to one gradient, and everything after follows.
#[test]
fn one_bit_is_found_and_named() {
    let folder = folder();
    let real = reference().python.path;
    let perturb = folder.path().join("perturb.py");
    let program = "import sys\n\
        from safetensors import safe_open\n\
        from safetensors.numpy import load_file, save_file\n\
        tensors = load_file(sys.argv[1])\n\
        name = 'step1/gradient/conv2.bias'\n\
        bits = tensors[name].copy().view('uint32')\n\
        bits[5] ^= 1\n\
        tensors[name] = bits.view('float32')\n\
        metadata = safe_open(sys.argv[1], 'np').metadata()\n\
        save_file(tensors, sys.argv[1], metadata)\n";
    fs::write(&perturb, program).expect("it can be written");
    // Only export.py is called with --out, as its first option.
    let python = script(
        folder.path(),
        &format!(
            "\"{real}\" \"$@\" || exit 1\nif [ \"$2\" = --out ]; then \"{real}\" \"{perturb}\" \"$3\"; fi",
            real = real.display(),
            perturb = perturb.display()
        ),
    );
    let mut command = parity(&["--python", text(&python), "--steps", "1", "--json"]);
    command.env("WARM_PYTHON", process::id().to_string());
    let verdict = "first difference: `conv2.bias`, backward, step 1";
    let first = format!("error: the two differ: {verdict}");
    let output = command
        .assert()
        .code(1)
        .stderr(contains(first))
        .get_output()
        .clone();
    let report: Value = serde_json::from_slice(&output.stdout).expect("one JSON object");
    assert_eq!(report["identical"], false);
    assert_eq!(report["diff"]["line"], verdict);
    let changed = &stage(&report, (1, "gradient", "conv2.bias"))["values"];
    assert_eq!(changed["first"]["index"], json!([5]));
    assert_eq!(
        (&changed["differing"], &changed["max_ulps"]),
        (&json!(1), &json!(1))
    );
    let differing = stages(&report).iter();
    let differing = differing.filter(|stage| stage["identical"] == false);
    assert_eq!(differing.count(), 1);
}

#[test]
fn a_torchscript_module_with_the_same_weights_is_identical() {
    let folder = folder();
    let module = module(folder.path(), "");
    let weights = text(trained_weights());
    let report = report(
        parity(&["--weights", weights, "--module", text(&module)]),
        0,
    );
    let logits = stage(&report, (0, "output", "test"));
    assert_eq!(logits["a"]["shape"], json!([2000, 10]));
    assert_eq!(
        report["accuracy"]["reference"],
        report["accuracy"]["lenet5"]
    );
}

#[test]
fn a_torchscript_module_with_one_weight_one_bit_off_is_not() {
    let folder = folder();
    let change = "model.conv1.weight.data.view(torch.int32)[3, 0, 2, 2] ^= 1";
    let module = module(folder.path(), change);
    let weights = text(trained_weights());
    let report = report(
        parity(&["--weights", weights, "--module", text(&module)]),
        1,
    );
    let logits = &stage(&report, (0, "output", "test"))["values"];
    assert!(logits["differing"].as_u64() > Some(0), "{logits}");
}

#[test]
fn what_cannot_be_compared_is_refused_in_one_line() {
    let folder = folder();
    let one_line = || predicate::function(|text: &str| text.lines().count() == 1);
    let refused = |arguments: &[&str], reason: &str| {
        parity(arguments)
            .assert()
            .code(1)
            .stdout("")
            .stderr(contains(reason).and(one_line()));
    };
    refused(
        &["--python", "/absent/python"],
        "cannot start the reference's Python, /absent/python",
    );
    let no_torch = script(
        folder.path(),
        "echo \"ModuleNotFoundError: No module named 'torch'\" >&2; exit 1",
    );
    refused(
        &["--python", text(&no_torch)],
        "has no torch: install what python_ref/requirements.txt",
    );
    refused(&["--weights", "absent.safetensors"], "absent.safetensors");
    let weights = text(trained_weights());
    refused(
        &["--weights", weights, "--module", "absent.pt"],
        "absent.pt",
    );
    refused(
        &["--weights", weights, "--module", weights],
        "is not a TorchScript module",
    );
    refused(
        &["--weights", weights, "--classes", "26"],
        "leave --classes out, or name 10",
    );
    for steps in ["0", "many", "100001"] {
        parity(&["--steps", steps])
            .assert()
            .code(2)
            .stderr(contains("from 1 to 100000"));
    }
}

#[test]
fn another_torch_is_warned_of_by_name() {
    let folder = folder();
    let content = "if [ \"$1\" = -c ]; then echo 2.99.0+cpu; else echo over >&2; exit 3; fi";
    let python = script(folder.path(), content);
    parity(&["--python", text(&python), "--steps", "1"])
        .assert()
        .code(1)
        .stderr(
            contains(format!(
                "has torch 2.99.0+cpu, but this program runs on {}",
                torch()
            ))
            .and(contains("exit status: 3: over")),
        );
}

#[test]
fn a_program_that_is_no_python_with_torch_is_refused_within_limits() {
    let refused = |content: &str, reason: &str| {
        let folder = folder();
        let python = script(folder.path(), content);
        let arguments = ["--python", text(&python), "--timeout", "5"];
        let command = parity(&arguments);
        // So much is enough for libtorch, and soon used up by one who keeps what never ends.
        let line = "ulimit -v 4000000; exec \"$0\" \"$@\"";
        let mut bash = Command::new("bash");
        bash.args(["-c", line]).arg(command.get_program());
        bash.args(command.get_args()).timeout(LIMIT);
        bash.assert().code(1).stdout("").stderr(contains(reason));
    };
    let foreign = "is not a Python that has torch: asked for torch's version, it said";
    refused("", &format!("{foreign} \"\""));
    refused(
        "printf '\\033[31mred'",
        &format!("{foreign} \"\\u{{1b}}[31mred\""),
    );
    refused("sleep 600", "did not import torch within 5 seconds");
    refused("exec yes", "printed more than 16777216 bytes");
    refused("exec yes >&2", "printed more than 16777216 bytes");
    refused("yes | tr -d '\\n'", "printed more than 16777216 bytes");
    let handshake = format!("if [ \"$1\" = -c ]; then echo {}; exit; fi\n", torch());
    refused(
        &format!("{handshake}sleep 600"),
        "did not compute the reference within 5 seconds, and was ended; name",
    );
    refused(
        &format!("{handshake}exec yes >&2"),
        "printed more than 16777216 bytes",
    );
    // One that goes on in the background holds the pipes.
    refused(
        &format!("sleep 600 &\n{handshake}echo over >&2; exit 3"),
        "exit status: 3: over",
    );
}

/// Stands in for a Python whose reference never ends. As long as its child lives, `beat` is written.
fn endless() -> String {
    format!(
        "if [ \"$1\" = -c ]; then echo {}; exit; fi
while :; do echo > \"$0.beat\"; sleep 0.05; done & wait",
        torch()
    )
}

/// The version of the torch in use, as Python names it, without what it was built for.
fn torch() -> &'static str {
    let version = libtorch::TORCH_VERSION.split('+').next();
    version.expect("a version")
}

/// Starts a comparison with [`endless`], and waits until it has begun.
fn begin(folder: &Path, timeout: &str) -> process::Child {
    let python = script(folder, &endless());
    let temporary = folder.join("tmp");
    fs::create_dir(&temporary).expect("it can be made");
    let mut command = parity(&["--python", text(&python), "--timeout", timeout]);
    let process = spawn(command.env("TMPDIR", &temporary));
    let beat = folder.join("python.beat");
    let start = Instant::now();
    while !beat.exists() {
        assert!(start.elapsed() < LIMIT, "the reference was not begun");
        thread::sleep(Duration::from_millis(1));
    }
    for entry in fs::read_dir(&temporary).expect("a folder").flatten() {
        let name = entry.file_name().into_string().expect("a plain name");
        assert!(name.starts_with("lenet5-parity-"), "{name}");
    }
    process
}

fn assert_nothing_is_left(folder: &Path) {
    let left: Vec<_> = fs::read_dir(folder.join("tmp"))
        .expect("a folder")
        .collect();
    assert!(left.is_empty(), "{left:?}");
    let beat = folder.join("python.beat");
    fs::remove_file(&beat).expect("it was there");
    thread::sleep(Duration::from_millis(500));
    assert!(!beat.exists(), "the reference's child lives on");
}

#[test]
fn a_signal_ends_the_reference_with_its_children_and_leaves_no_folder() {
    for (name, code) in [("INT", 130), ("TERM", 143)] {
        let folder = folder();
        let process = begin(folder.path(), "600");
        signal(&process, name);
        let output = process.wait_with_output().expect("it ends");
        assert_eq!(output.status.code(), Some(code), "{}", stderr(&output));
        assert_eq!(stderr(&output), "Interrupted\n");
        assert_nothing_is_left(folder.path());
    }
}

#[test]
fn the_time_limit_ends_the_reference_with_its_children_and_leaves_no_folder() {
    let folder = folder();
    let output = begin(folder.path(), "5").wait_with_output();
    let output = output.expect("it ends");
    assert_eq!(output.status.code(), Some(1), "{}", stderr(&output));
    assert_nothing_is_left(folder.path());
}
