use std::fs;
use std::path::Path;
use std::thread;
use std::time::Duration;

use lenet5::train::Checkpoint;
use predicates::prelude::*;
use predicates::str::contains;
use torch_twin::{Processor, libtorch};

use super::run::Workshop;
use crate::common::spawn;

fn finished() -> Workshop {
    let workshop = Workshop::new();
    workshop
        .train(&["--epochs", "1", "--out", "run"])
        .assert()
        .success();
    workshop
}

#[test]
fn other_settings_are_refused_by_name_and_the_same_are_taken() {
    let workshop = finished();
    for (option, value, words) in [
        ("--lr", "0.1", "lr is 0.001 in the run, 0.1 now"),
        ("--batch-size", "61", "batch_size is 60 in the run, 61 now"),
        ("--seed", "1", "seed is 0 in the run, 1 now"),
        ("--classes", "11", "classes is 10 in the run, 11 now"),
        ("--validation", "7", "validation is 0 in the run, 7 now"),
    ] {
        let mut command = workshop.resume("run");
        command
            .args([option, value])
            .assert()
            .code(1)
            .stderr(contains(words));
    }
    let mut same = workshop.resume("run");
    same.args(["--lr", "0.001", "--epochs", "1", "--batch-size", "60"])
        .assert()
        .success();
}

#[test]
fn a_schedule_may_be_named_again_and_keeps_what_is_not_given() {
    let workshop = Workshop::new();
    let step = ["--schedule", "step", "--step-size", "2"];
    let mut train = workshop.train(&["--epochs", "1", "--out", "run", "--gamma", "0.3"]);
    train.args(step).assert().success();
    workshop.resume("run").args(step).assert().success();
    let mut other = workshop.resume("run");
    let refused = other.args(["--gamma", "0.4"]).assert().code(1);
    refused.stderr(contains("gamma is 0.3 in the run, 0.4 now"));
}

#[test]
fn other_data_is_refused_even_by_force() {
    let workshop = finished();
    workshop.write_data("other", 2);
    for force in [None, Some("--force")] {
        let mut command = workshop.resume("run");
        command.args(["--data", "other"]).args(force);
        command
            .assert()
            .code(1)
            .stderr(contains("trained on other data"));
    }
}

#[test]
fn other_threads_are_refused_unless_forced_and_then_warned_of() {
    let workshop = finished();
    let mut command = workshop.resume("run");
    command.args(["--threads", "2"]);
    command
        .assert()
        .code(1)
        .stderr(contains("threads: 1 then, 2 now").and(contains("--force")));
    let mut command = workshop.resume("run");
    command.args(["--threads", "2", "--force"]);
    command
        .assert()
        .success()
        .stderr(contains("warning").and(contains("threads: 1 then, 2 now")));
}

/// Bits differ between processors of two vendors, and where MKL or oneDNN takes other code.
#[test]
fn another_processor_is_refused_unless_forced() {
    type Change = fn(&mut Processor) -> &mut String;
    let changes: [(&str, Change); 4] = [
        ("CPU vendor", |processor| &mut processor.cpu_vendor),
        ("CPU kernels", |processor| &mut processor.cpu_capability),
        ("MKL branch", |processor| &mut processor.mkl_branch),
        ("oneDNN ISA", |processor| &mut processor.onednn_isa),
    ];
    for (name, change) in changes {
        let workshop = finished();
        for path in workshop.checkpoints("run") {
            let mut checkpoint = Checkpoint::load(&path).unwrap();
            *change(&mut checkpoint.header.environment.processor) = "OTHER".to_owned();
            checkpoint.save(&path).unwrap();
        }
        let difference = format!("{name}: OTHER then, ");
        let refused = workshop.resume("run").assert().code(1);
        refused.stderr(contains(&difference).and(contains("--force")));
        let mut command = workshop.resume("run");
        command.arg("--force").assert().success();
    }
}

#[test]
fn a_run_with_more_threads_than_this_machine_bears_says_how_to_go_on() {
    let workshop = finished();
    for path in workshop.checkpoints("run") {
        let mut checkpoint = Checkpoint::load(&path).unwrap();
        checkpoint.header.environment.threads = 5000;
        checkpoint.save(&path).unwrap();
    }
    let too_many = contains("the run's 5000 threads are too many for");
    let advice = predicate::str::is_match(r"with --threads \d+ --force\n$").unwrap();
    let refused = workshop.resume("run").assert().code(1);
    refused.stderr(too_many.and(advice));
    let mut command = workshop.resume("run");
    command.args(["--threads", "2", "--force"]);
    let gone_on = command.assert().success();
    gone_on.stderr(contains("threads: 5000 then, 2 now"));
}

#[test]
fn another_libtorch_is_refused_unless_forced() {
    let workshop = finished();
    for path in workshop.checkpoints("run") {
        edit(
            &path,
            libtorch::TORCH_VERSION.split('+').next().unwrap(),
            "2.99.9",
        );
    }
    let words = contains("libtorch: 2.99.9");
    workshop
        .resume("run")
        .assert()
        .code(1)
        .stderr(words.clone());
    workshop
        .resume("run")
        .arg("--force")
        .assert()
        .success()
        .stderr(words);
}

#[test]
fn a_damaged_checkpoint_gives_way_to_the_one_before_it() {
    let workshop = Workshop::new();
    workshop
        .train(&["--epochs", "2", "--out", "run"])
        .assert()
        .success();
    let result = workshop.result("run");
    let [older, newer] = <[_; 2]>::try_from(workshop.checkpoints("run")).unwrap();
    let mut bytes = fs::read(&newer).unwrap();
    let last = bytes.len() - 1;
    bytes[last] ^= 1;
    fs::write(&newer, bytes).unwrap();
    workshop
        .resume("run")
        .assert()
        .success()
        .stderr(contains("its tensors are damaged"));
    assert_eq!(workshop.result("run"), result);

    for path in [older, newer] {
        fs::write(path, b"rubbish").unwrap();
    }
    workshop
        .resume("run")
        .assert()
        .code(1)
        .stderr(contains("neither safetensors"));
}

#[test]
fn a_checkpoint_of_another_version_or_none_is_named() {
    let workshop = finished();
    for path in workshop.checkpoints("run") {
        edit(&path, "\"version\":\"1\"", "\"version\":\"9\"");
    }
    workshop
        .resume("run")
        .assert()
        .code(1)
        .stderr(contains("of version \"9\""));
    for path in workshop.checkpoints("run") {
        fs::copy(workshop.path("run/model.safetensors"), path).unwrap();
    }
    workshop
        .resume("run")
        .assert()
        .code(1)
        .stderr(contains("it is no checkpoint"));
    for path in workshop.checkpoints("run") {
        fs::remove_file(path).unwrap();
    }
    workshop
        .resume("run")
        .assert()
        .code(1)
        .stderr(contains("holds no checkpoint"));
    workshop
        .resume("nowhere")
        .assert()
        .code(1)
        .stderr(contains("nowhere"));
}

/// Replaces a word of the file's metadata by one of the same length.
fn edit(path: &Path, old: &str, new: &str) {
    let mut bytes = fs::read(path).unwrap();
    let found = bytes
        .windows(old.len())
        .position(|window| window == old.as_bytes());
    let found = found.expect("the file has the word");
    bytes[found..found + new.len()].copy_from_slice(new.as_bytes());
    fs::write(path, bytes).unwrap();
}

#[test]
fn a_folder_with_a_run_is_not_overwritten_but_by_force() {
    let workshop = finished();
    let again = ["--epochs", "1", "--out", "run"];
    workshop
        .train(&again)
        .assert()
        .code(1)
        .stderr(contains("holds a run already"));
    fs::remove_file(workshop.path("run/run.json")).unwrap();
    fs::remove_file(workshop.path("run/model.safetensors")).unwrap();
    fs::remove_file(workshop.path("run/metrics.jsonl")).unwrap();
    workshop
        .train(&again)
        .assert()
        .code(1)
        .stderr(contains("checkpoint-"));
    workshop.train(&again).arg("--force").assert().success();
}

#[test]
fn a_second_run_into_the_folder_is_refused_as_long_as_the_first_lives() {
    let workshop = Workshop::new();
    let mut first = spawn(&workshop.train(&["--epochs", "100000", "--out", "run"]));
    while !workshop.path("run").exists() || workshop.checkpoints("run").is_empty() {
        thread::sleep(Duration::from_millis(10));
    }
    let words = contains("another run is writing there");
    workshop
        .train(&["--out", "run", "--force"])
        .assert()
        .code(1)
        .stderr(words.clone());
    workshop.resume("run").assert().code(1).stderr(words);
    first.kill().unwrap();
    first.wait().unwrap();
    workshop
        .train(&["--epochs", "1", "--out", "run", "--force"])
        .assert()
        .success();
}

#[test]
fn a_loss_that_is_not_finite_stops_the_training_with_a_good_checkpoint_left() {
    let workshop = Workshop::new();
    let mut command = workshop.train(&[
        "--optimizer",
        "sgd",
        "--lr",
        "1000",
        "--weight-decay",
        "1000",
        "--checkpoint-every",
        "1",
        "--out",
        "run",
    ]);
    command.assert().code(1).stderr(
        contains("training has diverged")
            .and(contains("at the learning rate 1000"))
            .and(contains("step"))
            .and(contains("The last good checkpoint is")),
    );
    assert!(!workshop.checkpoints("run").is_empty());
}

#[test]
fn holding_out_all_images_is_refused() {
    let workshop = Workshop::new();
    let mut command = workshop.train(&["--validation", "640", "--out", "run"]);
    command
        .assert()
        .code(1)
        .stderr(contains("there are 640 training images"));
    workshop
        .train(&["--resume", "run", "--out", "run"])
        .assert()
        .code(2);
    workshop
        .train(&["--checkpoint-every", "0"])
        .assert()
        .code(2);
}
