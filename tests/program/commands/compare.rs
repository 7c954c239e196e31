//! `lenet5 compare`.

use std::fs;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use crate::common::{LIMIT, json_file, lenet5, signal, spawn, text};
use assert_cmd::Command;
use predicates::prelude::*;
use predicates::str::contains;
use serde_json::Value;
use tempfile::TempDir;

#[test]
fn a_comparison_is_printed_and_saved_in_every_form() {
    let folder = TempDir::new().unwrap();
    let out = text(folder.path());
    let options = [
        "compare", "--data", "sample", "--epochs", "1", "--seeds", "2", "--out", out,
    ];
    let chosen = ["--variants", "classic,modern"];
    let mut command = lenet5(&[&options[..], &chosen].concat());
    let run = command.env("COLUMNS", "80").assert().success();
    let stdout = String::from_utf8(run.get_output().stdout.clone()).unwrap();
    assert!(stdout.lines().all(|line| line.chars().count() <= 80));
    for words in ["test accuracy", "±", "1 epoch, batches", "Left out at 80"] {
        assert!(stdout.contains(words), "{words} in\n{stdout}");
    }
    assert!(!stdout.contains('|'), "{stdout}");

    let report = json_file(&folder.path().join("compare.json"));
    let variants = report["variants"].as_array().unwrap();
    assert_eq!(variants.len(), 2);
    for variant in variants {
        let seeds = variant["seeds"].as_array().unwrap();
        let seeds: Vec<_> = seeds
            .iter()
            .map(|seed| seed["run"]["seed"].as_u64())
            .collect();
        assert_eq!(seeds, [Some(1), Some(2)]);
        assert!(variant["seeds"][0]["metrics"][0]["test_accuracy"].is_number());
    }
    let lines = fs::read_to_string(folder.path().join("compare.csv")).unwrap();
    assert_eq!(lines.lines().count(), 1 + 2 * 2);
    let table = fs::read_to_string(folder.path().join("compare.md")).unwrap();
    assert!(table.contains("(seed 2)"));
    assert!(table.contains("| classic | tanh | average | none | none | 61706 |"));
    let png = fs::read(folder.path().join("compare.png")).unwrap();
    assert!(png.starts_with(b"\x89PNG"));
    let svg = fs::read_to_string(folder.path().join("compare.svg")).unwrap();
    assert!(svg.contains("Test accuracy"));
}

/// Testing after each epoch must not disturb the training.
#[test]
fn a_comparison_ends_where_training_by_the_best_recipe_ends() {
    let folder = TempDir::new().unwrap();
    let [compared, trained] = ["compared", "trained"].map(|name| folder.path().join(name));
    let epochs = [
        "--data",
        "sample",
        "--epochs",
        "2",
        "--threads",
        "1",
        "--out",
    ];
    let compare = ["compare", "--variants", "modern", "--seeds", "1"];
    lenet5(&[&compare[..], &epochs].concat())
        .arg(&compared)
        .assert()
        .success();
    let train = [
        "train",
        "--variant",
        "modern",
        "--recipe",
        "best",
        "--seed",
        "1",
    ];
    lenet5(&[&train[..], &epochs].concat())
        .arg(&trained)
        .assert()
        .success();
    let compared = json_file(&compared.join("compare.json"));
    let seed = &compared["variants"][0]["seeds"][0];
    let run = json_file(&trained.join("run.json"));
    assert_eq!(seed["metrics"][1]["test_loss"], run["test_loss"]);
    assert!(run["test_loss"].is_number());
    // Both say what was trained on what, where and by what, in the same words.
    assert_eq!(seed["run"]["weights_sha256"], run["weights_sha256"]);
    for name in [
        "data",
        "data_sha256",
        "device",
        "threads",
        "cpu",
        "versions",
    ] {
        assert!(!run[name].is_null(), "{name}");
        assert_eq!(compared[name], run[name], "{name}");
    }
}

fn compare(seeds: &str, epochs: &str, out: &Path) -> Command {
    let options = ["compare", "--data", "sample", "--variants", "classic"];
    let numbers = ["--seeds", seeds, "--epochs", epochs, "--threads", "1"];
    let mut command = lenet5(&[&options[..], &numbers].concat());
    command.arg("--out").arg(out);
    command
}

/// What a comparison found, without when, how long it took, and the command.
fn found(out: &Path) -> Value {
    let mut report = json_file(&out.join("compare.json"));
    for name in ["command", "started", "finished"] {
        assert!(!report[name].take().is_null(), "{name}");
    }
    for seed in report["variants"][0]["seeds"].as_array_mut().unwrap() {
        for name in ["started", "finished", "training_seconds", "command"] {
            assert!(!seed["run"][name].take().is_null(), "{name}");
        }
        for epoch in seed["metrics"].as_array_mut().unwrap() {
            for name in ["seconds", "finished", "images_per_second"] {
                assert!(!epoch[name].take().is_null(), "{name}");
            }
        }
    }
    report
}

/// The checkpoints of a seed's run, the newest last.
fn checkpoints(out: &Path, seed: &str) -> Vec<PathBuf> {
    let entries = fs::read_dir(out.join("seeds").join(seed))
        .into_iter()
        .flatten();
    let paths = entries.map(|entry| entry.unwrap().path());
    let is_checkpoint = |path: &PathBuf| text(path).contains("checkpoint-");
    let mut checkpoints: Vec<_> = paths.filter(is_checkpoint).collect();
    checkpoints.sort();
    checkpoints
}

/// Killed in the midst of its second seed, and once more by a signal that it can answer.
#[test]
fn a_comparison_that_was_broken_off_goes_on_within_the_seed() {
    let folder = TempDir::new().unwrap();
    let [killed, whole] = ["killed", "whole"].map(|name| folder.path().join(name));
    let wait_for = |seed: &str, count: usize| {
        let start = Instant::now();
        while checkpoints(&killed, seed).len() < count && start.elapsed() < LIMIT {
            thread::sleep(Duration::from_millis(5));
        }
    };
    let mut child = spawn(&compare("3", "4", &killed));
    wait_for("classic-2", 2);
    child.kill().unwrap();
    child.wait().unwrap();
    let first = checkpoints(&killed, "classic-1").pop().unwrap();
    let kept = fs::read(&first).unwrap();
    fs::write(killed.join(".unfinished-x.tmp"), b"cut off").unwrap();

    let mut child = spawn(&compare("3", "4", &killed));
    wait_for("classic-3", 2);
    signal(&child, "TERM");
    assert_eq!(child.wait().unwrap().code(), Some(128 + 15));
    assert!(!killed.join("compare.json").exists(), "broken off too late");

    let again = compare("3", "4", &killed).assert().success();
    let resumed = contains("classic seed 1: done before").and(contains("classic seed 3, epoch 4"));
    again.stderr(resumed.and(contains("classic seed 3, epoch 1").not()));
    compare("3", "4", &whole).assert().success();
    assert_eq!(found(&killed), found(&whole));
    assert_eq!(fs::read(&first).unwrap(), kept, "it was not trained again");
    assert!(!killed.join(".unfinished-x.tmp").exists());
}

#[test]
fn a_seed_that_was_trained_otherwise_or_is_damaged_is_trained_again() {
    let folder = TempDir::new().unwrap();
    compare("1", "1", folder.path()).assert().success();
    for epochs in ["2", "1"] {
        let other = compare("1", epochs, folder.path()).assert().success();
        let anew = contains("classic seed 1 begins anew: epochs is");
        other.stderr(anew.and(contains(format!("epoch 1 of {epochs}"))));
    }
    for checkpoint in checkpoints(folder.path(), "classic-1") {
        fs::write(checkpoint, b"{").unwrap();
    }
    let damaged = compare("1", "1", folder.path()).assert().success();
    damaged.stderr(contains("epoch 1 of 1"));
}

#[test]
fn a_folder_that_cannot_hold_the_comparison_is_refused_before_the_training() {
    let folder = TempDir::new().unwrap();
    let [taken, file] = ["taken", "file"].map(|name| folder.path().join(name));
    fs::create_dir_all(taken.join("compare.png")).unwrap();
    fs::write(&file, b"").unwrap();
    for (out, message) in [(&taken, "compare.png: it is not a file"), (&file, "file")] {
        let refused = compare("1", "1", out).assert().code(1);
        let stderr = String::from_utf8_lossy(&refused.get_output().stderr).into_owned();
        assert!(
            stderr.contains(message) && !stderr.contains("epoch 1"),
            "{stderr}"
        );
    }
}
