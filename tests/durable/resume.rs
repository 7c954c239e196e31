use std::fs;

use predicates::prelude::*;
use predicates::str::contains;

use crate::run::Workshop;

/// Trains `run` whole, then again from the checkpoint at `steps` of a copy with no later one.
fn goes_on_from(workshop: &Workshop, arguments: &[&str], steps: u32) {
    workshop.train(arguments).args(["--out", "whole"]).assert().success();
    let every = steps.to_string();
    let mut part = workshop.train(arguments);
    part.args(["--checkpoint-every", &every, "--out", "part"]).assert().success();
    for path in workshop.checkpoints("part") {
        fs::remove_file(path).unwrap();
    }
}

#[test]
fn checkpoints_change_no_bit_and_the_newest_two_are_kept() {
    let workshop = Workshop::new();
    workshop.train(&["--epochs", "2", "--out", "plain"]).assert().success();
    let mut often = workshop.train(&["--epochs", "2", "--out", "often"]);
    often.args(["--checkpoint-every", "4"]).assert().success();
    assert_eq!(workshop.result("plain"), workshop.result("often"));
    assert_eq!(
        workshop.files("often"),
        [
            ".lock",
            "checkpoint-00000020.safetensors",
            "checkpoint-00000022.safetensors",
            "metrics.jsonl",
            "model.safetensors",
            "run.json",
        ]
    );
}

#[test]
fn a_finished_run_ends_the_same_when_resumed() {
    let workshop = Workshop::new();
    workshop.train(&["--epochs", "2", "--out", "run"]).assert().success();
    let result = workshop.result("run");
    let weights = fs::read(workshop.path("run/model.safetensors")).unwrap();
    fs::remove_file(workshop.path("run/model.safetensors")).unwrap();
    fs::remove_file(workshop.path("run/run.json")).unwrap();
    workshop.resume("run").assert().success();
    assert_eq!(workshop.result("run"), result);
    assert_eq!(fs::read(workshop.path("run/model.safetensors")).unwrap(), weights);
}
