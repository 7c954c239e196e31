use std::process::{Child, Command, Output, Stdio};
use std::thread;
use std::time::Duration;

use crate::run::{Workshop, stderr};

/// Starts a long training and waits until it has trained for an epoch.
fn start(workshop: &Workshop, run: &str) -> Child {
    let long = workshop.train(&["--epochs", "60", "--out", run]);
    let mut process = Command::new(long.get_program());
    process.args(long.get_args()).current_dir(workshop.path(""));
    let process = process
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    while !workshop.path(run).join("metrics.jsonl").exists() {
        thread::sleep(Duration::from_millis(1));
    }
    process
}

fn signal(process: &Child, name: &str) {
    let status = Command::new("kill")
        .args(["-s", name, &process.id().to_string()])
        .status();
    assert!(status.expect("kill runs").success());
}

#[test]
fn a_signal_ends_the_step_with_a_checkpoint_and_says_how_to_go_on() {
    let workshop = Workshop::new();
    workshop
        .train(&["--epochs", "60", "--out", "whole"])
        .assert()
        .success();
    for (name, code) in [("INT", 130), ("TERM", 143)] {
        let process = start(&workshop, name);
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

/// The numbers in "Interrupted after 3 epochs and 4 steps."
fn place(stderr: &str) -> (u64, u64) {
    let mut numbers = stderr
        .split_whitespace()
        .filter_map(|word| word.parse().ok());
    (numbers.next().unwrap(), numbers.next().unwrap())
}
