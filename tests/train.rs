//! `lenet5 train` and `lenet5 eval` as their users meet them.

mod common;

use std::fs;
use std::path::Path;

use assert_cmd::Command;
use predicates::prelude::*;
use predicates::str::{contains, is_match};
use serde_json::Value;
use tempfile::TempDir;

fn lenet5() -> Command {
    let mut command = Command::cargo_bin("lenet5").unwrap();
    command.env_remove("LENET5_DATA");
    command
}

/// `lenet5 train` on the sample for one epoch of large batches, into `out`.
fn short_training(out: &Path) -> Command {
    let mut command = lenet5();
    command.args([
        "train",
        "--data",
        "sample",
        "--epochs",
        "1",
        "--batch-size",
        "500",
        "--out",
    ]);
    command.arg(out);
    command
}

fn trained() -> TempDir {
    let folder = TempDir::new().unwrap();
    short_training(folder.path()).assert().success();
    folder
}

fn json(path: &Path) -> Value {
    serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap()
}

#[test]
fn training_prints_the_tutorials_lines_and_nothing_else_on_standard_output() {
    let folder = TempDir::new().unwrap();
    let lines = r"\AEpoch 1, Loss: \d\.\d{4}\nTest Accuracy: \d+\.\d\d%\n\z";
    let run = short_training(folder.path()).assert().success();
    run.stdout(is_match(lines).unwrap());
}

#[test]
fn a_run_leaves_weights_metrics_and_settings() {
    let folder = trained();
    let metrics = json(&folder.path().join("metrics.jsonl"));
    for key in [
        "epoch",
        "last_loss",
        "mean_loss",
        "seconds",
        "images_per_second",
    ] {
        assert!(metrics[key].is_number(), "{key} in {metrics}");
    }
    let run = json(&folder.path().join("run.json"));
    assert_eq!(run["batch_size"], 500);
    assert_eq!(run["variant"], "classic");
    assert_eq!(run["weights_sha256"].as_str().unwrap().len(), 64);
    let weights = lenet5::weights::load(&folder.path().join("model.safetensors")).unwrap();
    for key in ["variant", "seed", "epochs", "torch", "tch", "lenet5"] {
        assert!(weights.metadata.contains_key(key), "{key}");
    }
}

#[test]
fn two_equal_runs_write_equal_files() {
    let [first, second] = [trained(), trained()];
    let [first, second] =
        [&first, &second].map(|folder| fs::read(folder.path().join("model.safetensors")).unwrap());
    assert!(first == second);
}

#[test]
fn with_json_standard_output_holds_json_lines_alone() {
    let folder = TempDir::new().unwrap();
    let run = short_training(folder.path())
        .arg("--json")
        .assert()
        .success();
    let stdout = String::from_utf8(run.get_output().stdout.clone()).unwrap();
    let lines: Vec<Value> = stdout
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(lines.len(), 2);
    assert_eq!(lines[0]["epoch"], 1);
    assert!(lines[1]["test_accuracy"].is_number());
}

#[test]
fn a_folder_that_holds_a_run_is_refused_unless_forced() {
    let folder = trained();
    let before = fs::read(folder.path().join("run.json")).unwrap();
    let refusal = short_training(folder.path()).assert().code(1);
    refusal.stderr(contains("holds a run already").and(contains("--force")));
    assert!(fs::read(folder.path().join("run.json")).unwrap() == before);
    short_training(folder.path())
        .arg("--force")
        .assert()
        .success();
    let metrics = fs::read_to_string(folder.path().join("metrics.jsonl")).unwrap();
    assert_eq!(metrics.lines().count(), 1);
}

#[test]
fn without_out_each_run_gets_a_folder_of_its_own() {
    let folder = TempDir::new().unwrap();
    for _ in 0..2 {
        let mut command = lenet5();
        command.args([
            "train",
            "--data",
            "sample",
            "--epochs",
            "1",
            "--batch-size",
            "500",
        ]);
        command.current_dir(folder.path()).assert().success();
    }
    for name in ["runs/classic", "runs/classic-2"] {
        assert!(
            folder.path().join(name).join("model.safetensors").exists(),
            "{name}"
        );
    }
}

#[test]
fn a_file_in_the_place_of_the_folder_is_a_clear_error() {
    let file = tempfile::NamedTempFile::new().unwrap();
    let run = short_training(file.path()).assert().code(1);
    run.stderr(is_match(r"\Aerror: [^\n]*: [^\n]*\n\z").unwrap());
}

#[test]
fn wrong_usage_exits_with_2() {
    for wrong in [
        ["--epochs", "0"],
        ["--epochs", "-1"],
        ["--batch-size", "0"],
        ["--batch-size", "99999999999"],
        ["--test-batch-size", "x"],
        ["--lr", "nan"],
        ["--lr", "-1"],
        ["--seed", "1.5"],
        ["--variant", "lenet6"],
        ["--classes", "1"],
        ["--device", "tpu"],
    ] {
        lenet5().arg("train").args(wrong).assert().code(2);
    }
}

#[test]
fn eval_gives_the_accuracy_that_training_gave() {
    let folder = trained();
    let run = json(&folder.path().join("run.json"));
    let weights = folder.path().join("model.safetensors");
    let eval = || {
        let mut command = lenet5();
        command.arg("eval").arg(&weights).args(["--data", "sample"]);
        command
    };
    let accuracy = format!(
        "Test Accuracy: {:.2}%",
        run["test_accuracy"].as_f64().unwrap()
    );
    eval()
        .assert()
        .success()
        .stdout(contains(accuracy).and(contains("accuracy")));

    let output = eval()
        .arg("--json")
        .assert()
        .success()
        .get_output()
        .stdout
        .clone();
    let report: Value = serde_json::from_slice(&output).unwrap();
    assert_eq!(report["correct"], run["correct"]);
    assert_eq!(report["loss"], run["test_loss"]);
    let rows = report["confusion"].as_array().unwrap().iter();
    let counts = rows
        .flat_map(|row| row.as_array().unwrap())
        .map(|count| count.as_u64().unwrap());
    assert_eq!(counts.sum::<u64>(), 2000);
}

#[test]
fn eval_refuses_what_are_not_its_weights() {
    let folder = TempDir::new().unwrap();
    let weights = folder.path().join("weights.safetensors");
    let eval = |path: &Path| {
        let mut command = lenet5();
        command.arg("eval").arg(path).args(["--data", "sample"]);
        command.assert().code(1)
    };
    eval(&weights).stderr(contains("weights.safetensors"));
    eval(folder.path()).stderr(contains("error: "));
    for nonsense in [&b""[..], b"nonsense", &[0xff; 64]] {
        fs::write(&weights, nonsense).unwrap();
        eval(&weights).stderr(contains("weights.safetensors"));
    }
}

#[test]
fn weights_for_another_number_of_classes_are_refused() {
    let folder = trained();
    let mut command = lenet5();
    command
        .arg("eval")
        .arg(folder.path().join("model.safetensors"));
    let run = command
        .args(["--data", "sample", "--classes", "11"])
        .assert()
        .code(1);
    run.stderr(contains(
        "tells 10 classes apart, not 11; evaluate it with --classes 10",
    ));
}
