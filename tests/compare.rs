//! `lenet5 compare`, and the variants as users of `train` and `eval` meet them.

use std::fs;
use std::path::Path;

use assert_cmd::Command;
use lenet5::model::VARIANTS;
use lenet5::nn::Generator;
use lenet5::weights;
use predicates::str::contains;
use serde_json::Value;
use tempfile::TempDir;

fn lenet5(arguments: &[&str]) -> Command {
    let mut command = Command::cargo_bin("lenet5").unwrap();
    command.env_remove("LENET5_DATA").args(arguments);
    command
}

fn json(path: &Path) -> Value {
    serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap()
}

#[test]
fn a_comparison_is_printed_and_saved_in_every_form() {
    let folder = TempDir::new().unwrap();
    let out = folder.path().to_str().unwrap();
    let options = [
        "compare", "--data", "sample", "--epochs", "1", "--seeds", "2", "--out", out,
    ];
    let chosen = ["--variants", "classic,modern"];
    let run = lenet5(&[&options[..], &chosen].concat()).assert().success();
    run.stdout(contains(
        "| classic | tanh | average | none | none | 61706 |",
    ));

    let report = json(&folder.path().join("compare.json"));
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
    let compared = json(&compared.join("compare.json"));
    let last = &compared["variants"][0]["seeds"][0]["epochs"][1];
    let run = json(&trained.join("run.json"));
    assert_eq!(last["test_loss"], run["test_loss"]);
    assert!(run["test_loss"].is_number());
}

#[test]
fn the_papers_own_output_is_for_ten_classes_and_the_paper_only() {
    for (options, message) in [
        (
            &["--variant", "paper", "--output", "rbf", "--classes", "9"],
            "10 classes",
        ),
        (
            &["--variant", "modern", "--output", "rbf", "--classes", "10"],
            "modern has one",
        ),
    ] {
        let arguments = [&["train", "--data", "sample"][..], options].concat();
        lenet5(&arguments)
            .assert()
            .code(2)
            .stderr(contains(message));
    }
}

#[test]
fn weights_without_metadata_show_their_variant_by_their_tensors() {
    let folder = TempDir::new().unwrap();
    for variant in VARIANTS {
        let network = (variant.build)(10, &mut Generator::manual_seed(0)).unwrap();
        let path = folder.path().join(variant.name);
        weights::save(&path, &network.state_dict(), &Default::default()).unwrap();
        let loaded = weights::load_network(&path, None, tch::Device::Cpu).unwrap();
        assert_eq!(loaded.variant.map(|found| found.name), Some(variant.name));
        assert_eq!(loaded.num_classes, 10);
    }
}
