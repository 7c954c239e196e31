//! `lenet5 eval` as its users meet it.

use std::fs;
use std::path::Path;

use crate::common::{
    json_file, json_object, lenet5, python, reference, sample_folder, short_training, text,
    trained_weights,
};
use assert_cmd::Command;
use predicates::prelude::*;
use predicates::str::{contains, starts_with};
use tempfile::TempDir;

/// `lenet5 eval` of `weights` on the sample.
fn eval(weights: &Path, options: &[&str]) -> Command {
    let mut command = lenet5(&["eval", text(weights), "--data", "sample"]);
    command.args(options);
    command
}

#[test]
fn eval_gives_the_accuracy_that_training_gave() {
    let folder = TempDir::new().unwrap();
    short_training(folder.path()).assert().success();
    let run = json_file(&folder.path().join("run.json"));
    let weights = folder.path().join("model.safetensors");
    let accuracy = format!(
        "Test Accuracy: {:.2}%",
        run["test_accuracy"].as_f64().unwrap()
    );
    let shown = eval(&weights, &[]).assert().success();
    shown.stdout(contains(accuracy).and(contains("accuracy")));

    let report = json_object(eval(&weights, &["--json"]), 0);
    assert_eq!(report["correct"], run["correct"]);
    assert_eq!(report["loss"], run["test_loss"]);
    let rows = report["confusion"].as_array().unwrap().iter();
    let counts = rows
        .flat_map(|row| row.as_array().unwrap())
        .map(|count| count.as_u64().unwrap());
    assert_eq!(counts.sum::<u64>(), 2000);
}

#[test]
fn eval_says_the_same_of_the_weights_the_torchscript_and_python() {
    let folder = TempDir::new().unwrap();
    let weights = trained_weights();
    let module = folder.path().join("lenet5.pt");
    let convert = ["convert", text(weights), text(&module)];
    lenet5(&convert).assert().success();
    let printed = |path: &Path| {
        let run = eval(path, &["--threads", "1"]).assert().success();
        String::from_utf8(run.get_output().stdout.clone()).unwrap()
    };
    let native = printed(weights);
    assert_eq!(native, printed(&module));
    let reference = reference();
    let mut python = Command::new(reference.python.path);
    python.arg(reference.scripts.join("load_weights.py"));
    python.arg(weights).arg("--data").arg(sample_folder());
    python.args(["--threads", "1"]);
    let accuracy = native.lines().nth(1).unwrap().split(" (").next().unwrap();
    let loss = native.lines().next().unwrap();
    let same = format!("{loss}\n{accuracy}\n");
    python.assert().success().stdout(same);
}

#[test]
fn eval_notes_a_conversion_on_standard_error() {
    let folder = TempDir::new().unwrap();
    let half = folder.path().join("half.pt");
    let program = "import torch
from model import VARIANTS
torch.save(VARIANTS['classic']().half().state_dict(), sys.argv[1])";
    python(program, [&half]);
    let conversion = "converted from float16 to float32: conv1.weight";
    let note = contains(format!("note: {}: {conversion}", half.display()));
    eval(&half, &[]).assert().success().stderr(note);
}

#[test]
fn eval_refuses_what_are_not_its_weights() {
    let folder = TempDir::new().unwrap();
    let weights = folder.path().join("weights.safetensors");
    let refused = |path: &Path| {
        let named = starts_with(format!("error: {}: ", path.display()));
        eval(path, &[]).assert().code(1).stderr(named);
    };
    refused(&weights);
    refused(folder.path());
    for nonsense in [&b""[..], b"nonsense", &[0xff; 64]] {
        fs::write(&weights, nonsense).unwrap();
        refused(&weights);
    }
}

#[test]
fn weights_for_another_number_of_classes_are_refused() {
    let run = eval(trained_weights(), &["--classes", "11"])
        .assert()
        .code(1);
    run.stderr(contains(
        "tells 10 classes apart, not 11; leave --classes out, or name 10",
    ));
}

#[test]
fn eval_wants_the_images_to_test_on_alone_and_train_names_what_it_lacks() {
    let folder = TempDir::new().unwrap();
    for name in ["t10k-images-idx3-ubyte.gz", "t10k-labels-idx1-ubyte.gz"] {
        fs::copy(sample_folder().join(name), folder.path().join(name)).unwrap();
    }
    let of_sample = eval(trained_weights(), &[]).assert().success();
    let data = text(folder.path());
    lenet5(&["eval", text(trained_weights()), "--data", data])
        .assert()
        .success()
        .stdout(of_sample.get_output().stdout.clone());

    let out = folder.path().join("run");
    lenet5(&["train", "--data", data, "--out", text(&out)])
        .assert()
        .code(1)
        .stderr(contains("train-images-idx3-ubyte").and(contains("t10k").not()));
}

/// Where the matrix has no room, each class's mistakes are told in words.
#[test]
fn the_confusion_fits_the_terminal() {
    for (width, words) in [("60", "taken for"), ("80", "Rows are true classes")] {
        let mut command = eval(trained_weights(), &[]);
        let shown = command.env("COLUMNS", width).assert().success();
        let stdout = String::from_utf8(shown.get_output().stdout.clone()).unwrap();
        assert!(stdout.contains(words), "{stdout}");
        let widest = stdout.lines().map(|line| line.chars().count()).max();
        assert!(widest <= width.parse().ok(), "{stdout}");
    }
}
