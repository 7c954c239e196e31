//! `lenet5 convert` as its users meet it.

use std::fs;
use std::path::Path;

use crate::common::{
    export_formats, json_object, lenet5, python, trained_weights, write_network,
    write_small_dataset,
};
use assert_cmd::Command;
use predicates::prelude::*;
use predicates::str::contains;
use serde_json::json;
use tempfile::TempDir;

fn convert(input: &Path, output: &Path) -> Command {
    let mut command = lenet5(&["convert"]);
    command.args([input, output]);
    command
}

#[test]
fn weights_trained_in_rust_come_back_from_every_format_of_python_with_equal_bits() {
    let folder = TempDir::new().unwrap();
    let exported = folder.path().join("exported");
    export_formats(&exported, Some(trained_weights()));
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
    python(program, [trained_weights(), &expected]);
}

#[test]
fn safetensors_become_safetensors_with_their_metadata() {
    let folder = TempDir::new().unwrap();
    let copy = folder.path().join("copy.safetensors");
    convert(trained_weights(), &copy).assert().success();
    assert!(fs::read(trained_weights()).unwrap() == fs::read(copy).unwrap());
}

#[test]
fn torchscript_from_rust_gives_python_equal_logits_for_any_batch_size() {
    let folder = TempDir::new().unwrap();
    let module = folder.path().join("lenet5.pt");
    convert(trained_weights(), &module).assert().success();
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
    python(program, [trained_weights(), &module]);
}

#[test]
fn convert_keeps_what_is_there_unless_forced() {
    let folder = TempDir::new().unwrap();
    for name in ["taken.safetensors", "taken.pt", "taken.onnx"] {
        let taken = folder.path().join(name);
        fs::write(&taken, "precious").unwrap();
        let refused = convert(trained_weights(), &taken).assert().code(1);
        refused.stderr(contains(
            "exists; name another file, or overwrite it with --force",
        ));
        assert_eq!(fs::read(&taken).unwrap(), b"precious");
        let mut forced = convert(trained_weights(), &taken);
        forced.arg("--force").assert().success();
        assert_ne!(fs::read(&taken).unwrap(), b"precious");
    }
}

#[test]
fn an_unknown_ending_is_a_usage_error() {
    let refused = convert(Path::new("in.pt"), Path::new("out.pth"))
        .assert()
        .code(2);
    refused.stderr(contains(
        "expected a name that ends in .safetensors, .pt or .onnx",
    ));
}

#[test]
fn an_input_is_chosen_for_an_onnx_model_only() {
    let folder = TempDir::new().unwrap();
    for (name, input, words) in [
        ("out.pt", "pixels", "--input says what an ONNX model takes"),
        ("out.onnx", "bytes", "expected images or pixels"),
    ] {
        let mut command = convert(trained_weights(), &folder.path().join(name));
        let refused = command.args(["--input", input]).assert().code(2);
        refused.stderr(contains(words));
    }
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[test]
fn equal_weights_make_equal_onnx_models_which_are_not_taken_back() {
    let folder = TempDir::new().unwrap();
    let [first, second] = ["1.onnx", "2.onnx"].map(|name| folder.path().join(name));
    convert(trained_weights(), &first).assert().success();
    convert(trained_weights(), &second).assert().success();
    assert!(fs::read(&first).unwrap() == fs::read(second).unwrap());
    let mut refused = convert(&first, &folder.path().join("back.safetensors"));
    let words = "an ONNX model, which is not read here: save the state_dict";
    refused.assert().code(1).stderr(contains(words));
}

#[test]
fn kernels_at_places_beyond_table_i_become_no_onnx_model() {
    let folder = TempDir::new().unwrap();
    let weights = folder.path().join("beyond.safetensors");
    write_network(&weights, "paper", 10, |name, tensor| {
        if name == "conv2.kernels" {
            let _ = tensor.shallow_clone().fill_(96);
        }
    });
    let output = folder.path().join("lenet5.onnx");
    let refused = convert(&weights, &output).assert().code(1);
    refused.stderr(contains("beyond.safetensors: ").and(contains("index")));
    assert!(!output.exists());
}

#[test]
fn an_onnx_model_that_cannot_be_written_is_an_error_that_names_it() {
    let folder = TempDir::new().unwrap();
    let missing = folder.path().join("missing").join("lenet5.onnx");
    let refused = convert(trained_weights(), &missing).assert().code(1);
    let error = format!(
        "error: {}: cannot be written: No such file",
        missing.display()
    );
    refused.stderr(contains(error));
}

#[test]
fn a_failed_convert_leaves_no_file() {
    let folder = TempDir::new().unwrap();
    let input = folder.path().join("in.pt");
    fs::write(&input, "no weights").unwrap();
    let output = folder.path().join("out.safetensors");
    let reason = "neither safetensors, nor written by torch.save or torch.jit.save";
    let message = format!("error: {}: {reason}\n", input.display());
    convert(&input, &output).assert().code(1).stderr(message);
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
}

#[cfg(target_os = "linux")]
#[test]
fn paths_that_are_not_utf_8_are_taken_and_json_says_what_was_saved() {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt;

    let folder = TempDir::new().unwrap();
    let odd = |name: &[u8]| folder.path().join(OsStr::from_bytes(name));
    let (weights, copy) = (odd(b"w\xff.safetensors"), odd(b"copy\xff.safetensors"));
    fs::copy(trained_weights(), &weights).unwrap();
    let mut command = convert(&weights, &copy);
    command.arg("--json");
    let report = json_object(command, 0);
    assert_eq!(
        (&report["variant"], &report["classes"]),
        (&json!("classic"), &json!(10))
    );
    assert!(fs::read(&weights).unwrap() == fs::read(&copy).unwrap());
    let data = odd(b"data\xff");
    write_small_dataset(&data, 1);
    let mut eval = lenet5(&["eval"]);
    eval.arg(&copy).arg("--data").arg(&data).assert().success();
}
