//! A run that has ended goes on to more epochs, as if it had been told so from the start.

use std::fs;

use predicates::prelude::*;
use predicates::str::contains;
use torch_twin::weights::{self, DEFAULT_MAX_BYTES};

use super::run::Workshop;
use crate::common::json_file;

/// Schedules by which an epoch's learning rate is the same however many follow. The last is on its plateau after
/// the second epoch.
const OPEN: [&str; 3] = [
    "constant",
    "multistep --milestones 2,3 --gamma 0.5",
    "plateau --validation 40 --plateau-patience 0 --optimizer sgd --lr 0.5",
];

fn words(schedule: &str) -> Vec<&str> {
    let options = schedule.split(' ');
    ["--schedule"].into_iter().chain(options).collect()
}

#[test]
fn a_run_of_two_epochs_and_three_more_is_a_run_of_five_in_either_language() {
    let workshop = Workshop::new();
    for (index, schedule) in OPEN.into_iter().enumerate() {
        let [whole, part, python] =
            ["whole", "part", "python"].map(|name| format!("{name}-{index}"));
        let train = |epochs: &str, out: &str| {
            let mut command = workshop.train(&["--epochs", epochs, "--out", out]);
            command.args(words(schedule)).assert().success();
        };
        train("5", &whole);
        train("2", &part);
        train("2", &python);
        let mut extended = workshop.resume(&part);
        extended.args(["--epochs", "5"]).assert().success();
        assert_eq!(
            workshop.result(&part),
            workshop.result(&whole),
            "{schedule}"
        );
        let record = json_file(&workshop.path(&part).join("run.json"));
        assert_eq!(record["epochs"], 5);

        let mut extended = workshop.python(&["--resume", &python, "--epochs", "5"]);
        extended.assert().success();
        assert_eq!(
            workshop.result(&python),
            workshop.result(&whole),
            "{schedule}"
        );
    }
}

#[test]
fn a_run_is_longer_from_the_moment_on_that_it_was_told_so() {
    let workshop = Workshop::new();
    let short = ["--epochs", "1", "--out", "run"];
    workshop.train(&short).assert().success();
    workshop
        .train(&["--epochs", "3", "--out", "whole"])
        .assert()
        .success();
    let longer = ["--epochs", "3", "--data", "/nowhere"];
    workshop.resume("run").args(longer).assert().code(1);
    workshop.resume("run").assert().success();
    let record = json_file(&workshop.path("run/run.json"));
    assert_eq!(record["epochs_done"], 1, "what failed changed nothing");

    let mut often = workshop.resume("run");
    often
        .args(["--epochs", "3", "--checkpoint-every", "1"])
        .assert()
        .success();
    let [_, newest] = <[_; 2]>::try_from(workshop.checkpoints("run")).unwrap();
    fs::remove_file(newest).unwrap();
    workshop.resume("run").assert().success();
    assert_eq!(workshop.result("run"), workshop.result("whole"));
}

#[test]
fn a_schedule_that_is_spread_over_all_epochs_is_refused_with_the_reason() {
    let workshop = Workshop::new();
    for schedule in ["cosine", "linear", "onecycle"] {
        let mut command = workshop.train(&["--epochs", "1", "--out", schedule]);
        command.args(words(schedule)).assert().success();
        let spread = contains("is spread over all epochs").and(contains("--init"));
        let mut longer = workshop.resume(schedule);
        longer
            .args(["--epochs", "2"])
            .assert()
            .code(1)
            .stderr(spread);
        let mut python = workshop.python(&["--resume", schedule, "--epochs", "2"]);
        let refused = python.assert().code(1);
        refused.stderr(contains("is spread over all epochs"));
        workshop.resume(schedule).assert().success();
    }
}

#[test]
fn fewer_epochs_than_are_done_are_refused() {
    let workshop = Workshop::new();
    workshop
        .train(&["--epochs", "2", "--out", "run"])
        .assert()
        .success();
    let refused = workshop
        .resume("run")
        .args(["--epochs", "1"])
        .assert()
        .code(1);
    refused.stderr(contains(
        "epochs: 1 is less than the run has behind it, which is 2",
    ));
    let python = workshop
        .python(&["--resume", "run", "--epochs", "1"])
        .assert()
        .code(1);
    python.stderr(contains("the run has 2 epochs behind it"));
}

/// At this learning rate no epoch is better than the first ones for long.
const RESTLESS: [&str; 6] = ["--lr", "0.05", "--validation", "40", "--epochs", "40"];

#[test]
fn patience_ends_a_run_where_it_has_not_become_better_and_more_patience_goes_on() {
    let workshop = Workshop::new();
    let train = |patience: &[&str], out: &str| {
        let mut command = workshop.train(&RESTLESS);
        command
            .args(patience)
            .args(["--out", out])
            .assert()
            .success();
    };
    let epochs = |run: &str| {
        let record = json_file(&workshop.path(run).join("run.json"));
        let number = |name: &str| record[name].as_u64().unwrap();
        (number("epochs_done"), number("best_epoch"))
    };
    let patience = ["--patience", "2", "--out", "short"];
    let run = workshop.train(&RESTLESS).args(patience).assert().success();
    run.stderr(contains("and --patience is 2"));
    let (done, best) = epochs("short");
    assert!(
        done < 40 && done == best + 2,
        "{done} epochs, the best {best}"
    );

    let mut python = workshop.python(&RESTLESS);
    let one_thread = ["--threads", "1", "--batch-size", "60", "--patience", "2"];
    python
        .args(one_thread)
        .args(["--out", "python"])
        .assert()
        .success();
    assert_eq!(workshop.result("python"), workshop.result("short"));

    train(&["--patience", "4"], "long");
    workshop
        .resume("short")
        .args(["--patience", "4"])
        .assert()
        .success();
    assert_eq!(workshop.result("short"), workshop.result("long"));
    let weights = weights::load(&workshop.path("short/model.safetensors"), DEFAULT_MAX_BYTES);
    let (done, best) = epochs("long");
    assert_eq!(weights.unwrap().metadata["epochs"], done.to_string());
    assert!(
        done == best + 4 || done == 40,
        "{done} epochs, the best {best}"
    );
}

/// At this learning rate all epochs are equal.
#[test]
fn of_equal_epochs_the_first_is_the_best_in_either_language() {
    let workshop = Workshop::new();
    let still = ["--lr", "1e-9", "--patience", "2", "--validation", "40"];
    let mut rust = workshop.train(&still);
    rust.args(["--out", "rust"]).assert().success();
    let record = json_file(&workshop.path("rust/run.json"));
    assert_eq!(
        (&record["epochs_done"], &record["best_epoch"]),
        (&3.into(), &1.into())
    );

    let mut python = workshop.python(&still);
    let one_thread = ["--threads", "1", "--batch-size", "60", "--out", "python"];
    python.args(one_thread).assert().success();
    assert_eq!(workshop.result("python"), workshop.result("rust"));
}
