//! `lenet5 compare`.

mod common;

use std::fs;

use common::{json_file, lenet5, text};
use predicates::str::contains;
use tempfile::TempDir;

#[test]
fn a_comparison_is_printed_and_saved_in_every_form() {
    let folder = TempDir::new().unwrap();
    let out = text(folder.path());
    let options = [
        "compare", "--data", "sample", "--epochs", "1", "--seeds", "2", "--out", out,
    ];
    let chosen = ["--variants", "classic,modern"];
    let run = lenet5(&[&options[..], &chosen].concat()).assert().success();
    run.stdout(contains(
        "| classic | tanh | average | none | none | 61706 |",
    ));

    let report = json_file(&folder.path().join("compare.json"));
    let variants = report["variants"].as_array().unwrap();
    assert_eq!(variants.len(), 2);
    for variant in variants {
        let seeds = variant["seeds"].as_array().unwrap();
        let seeds: Vec<_> = seeds.iter().map(|seed| seed["seed"].as_u64()).collect();
        assert_eq!(seeds, [Some(1), Some(2)]);
        assert!(variant["seeds"][0]["epochs"][0]["test_accuracy"].is_number());
    }
    let lines = fs::read_to_string(folder.path().join("compare.csv")).unwrap();
    assert_eq!(lines.lines().count(), 1 + 2 * 2);
    let table = fs::read_to_string(folder.path().join("compare.md")).unwrap();
    assert!(table.contains("(seed 2)"));
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
    let last = &compared["variants"][0]["seeds"][0]["epochs"][1];
    let run = json_file(&trained.join("run.json"));
    assert_eq!(last["test_loss"], run["test_loss"]);
    assert!(run["test_loss"].is_number());
}
