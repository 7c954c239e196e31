use std::process::{Child, Output};
use std::thread;
use std::time::Duration;

use super::run::Workshop;
use crate::common::{signal, spawn, stderr};

/// Starts a long training and waits until it has trained for an epoch.
fn start(workshop: &Workshop, run: &str, options: &[&str]) -> Child {
    let process = spawn(
        workshop
            .train(&["--epochs", "60", "--out", run])
            .args(options),
    );
    while !workshop.path(run).join("metrics.jsonl").exists() {
        thread::sleep(Duration::from_millis(1));
    }
    process
}

#[test]
fn a_signal_ends_the_step_with_a_checkpoint_and_says_how_to_go_on() {
    let workshop = Workshop::new();
    workshop
        .train(&["--epochs", "60", "--out", "whole"])
        .assert()
        .success();
    for (name, code) in [("INT", 130), ("TERM", 143)] {
        let process = start(&workshop, name, &[]);
        signal(&process, name);
        let output: Output = process.wait_with_output().unwrap();
        assert_eq!(output.status.code(), Some(code), "{}", stderr(&output));
        let go_on = format!("lenet5 train --resume {name}");
        assert!(stderr(&output).contains(&go_on), "{}", stderr(&output));
        let (epoch, step) = place(&stderr(&output));
        let newest = workshop.checkpoints(name).pop().unwrap();
        let expected = format!("checkpoint-{:08}.safetensors", epoch * 11 + step);
        assert!(
            newest.ends_with(&expected),
            "{newest:?}, {}",
            stderr(&output)
        );
        workshop.resume(name).assert().success();
        assert_eq!(
            workshop.result(name),
            workshop.result("whole"),
            "after SIG{name}"
        );
    }
}

#[test]
fn a_run_that_goes_on_writes_checkpoints_as_often_as_before() {
    let workshop = Workshop::new();
    let process = start(&workshop, "run", &["--checkpoint-every", "4"]);
    signal(&process, "TERM");
    let output = process.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(143), "{}", stderr(&output));
    workshop.resume("run").assert().success();
    // The 60 epochs have 660 steps; one of 11 steps has ended with the 649th.
    let [older, newer] = <[_; 2]>::try_from(workshop.checkpoints("run")).unwrap();
    assert!(
        older.ends_with("checkpoint-00000656.safetensors"),
        "{older:?}"
    );
    assert!(
        newer.ends_with("checkpoint-00000660.safetensors"),
        "{newer:?}"
    );
}

/// The numbers in "Interrupted after 3 epochs and 4 steps."
fn place(stderr: &str) -> (u64, u64) {
    let mut numbers = stderr
        .split_whitespace()
        .filter_map(|word| word.parse().ok());
    (numbers.next().unwrap(), numbers.next().unwrap())
}
