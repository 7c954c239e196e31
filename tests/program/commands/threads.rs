//! Where OpenMP would start fewer threads than libtorch waits for, a command ends instead of waiting for ever.

use crate::common::{
    LIMIT, lenet5, repository, sample_folder, text, write_network, write_small_dataset,
};
use assert_cmd::Command;
use predicates::str::{contains, starts_with};
use tempfile::TempDir;

/// What makes OpenMP start fewer than two threads. libgomp takes true in any case and among spaces.
const FEWER: [(&str, &str); 6] = [
    ("OMP_DYNAMIC", "true"),
    ("OMP_DYNAMIC", "TRUE"),
    ("OMP_DYNAMIC", " True "),
    ("OMP_THREAD_LIMIT", "1"),
    ("OMP_THREAD_LIMIT", " 1 "),
    ("OMP_MAX_ACTIVE_LEVELS", "0"),
];

/// What does not: false, enough threads, and what libgomp takes for no value.
const ENOUGH: [(&str, &str); 6] = [
    ("OMP_DYNAMIC", "false"),
    ("OMP_DYNAMIC", "1"),
    ("OMP_DYNAMIC", "yes"),
    ("OMP_THREAD_LIMIT", "2"),
    ("OMP_THREAD_LIMIT", "0"),
    ("OMP_MAX_ACTIVE_LEVELS", "1"),
];

/// A command on two threads by default, whatever the machine has; one that does not end fails the test.
fn command(folder: &TempDir, arguments: &[&str], (name, value): (&str, &str)) -> Command {
    let mut command = lenet5(arguments);
    command.env("OMP_NUM_THREADS", "2").env(name, value);
    command.current_dir(folder.path()).timeout(LIMIT);
    command
}

fn training(folder: &TempDir, threads: &str, variable: (&str, &str)) -> Command {
    write_small_dataset(&folder.path().join("data"), 1);
    let arguments = [
        "train",
        "--data",
        "data",
        "--epochs",
        "1",
        "--threads",
        threads,
    ];
    command(folder, &arguments, variable)
}

#[test]
fn fewer_threads_than_were_asked_for_are_refused() {
    let folder = TempDir::new().unwrap();
    for (name, value) in FEWER {
        let refused = training(&folder, "2", (name, value)).assert().code(1);
        let refused = refused
            .stdout("")
            .stderr(starts_with(format!("error: {name} is ")));
        refused.stderr(contains(
            "the 2 threads that libtorch waits for; unset OMP_",
        ));
    }
}

#[test]
fn enough_threads_are_taken() {
    let folder = TempDir::new().unwrap();
    let on_one = FEWER.map(|variable| (variable, "1"));
    let on_two = ENOUGH.map(|variable| (variable, "2"));
    for (variable, threads) in on_one.into_iter().chain(on_two) {
        training(&folder, threads, variable).assert().success();
    }
}

#[test]
fn every_command_that_computes_refuses_its_default_number() {
    let folder = TempDir::new().unwrap();
    let weights = folder.path().join("weights.safetensors");
    write_network(&weights, "classic", 10, |_, _| {});
    let (weights, sample) = (text(&weights), sample_folder());
    let picture = repository("tests/pictures/0-pen.png");
    let (picture, sample) = (text(&picture), text(&sample));
    for arguments in [
        &["train", "--data", sample][..],
        &["eval", weights, "--data", sample],
        &["predict", weights, picture],
        &["show", weights, picture],
        &["summary"],
        &["page", weights, "--out", "page.html"],
        &["convert", weights, "converted.pt"],
        &["parity", "--data", sample],
        &["fingerprint"],
        &["compare", "--data", sample, "--out", "compare"],
    ] {
        let refused = command(&folder, arguments, ("OMP_THREAD_LIMIT", "1")).assert();
        refused.code(1).stderr(contains(
            "error: OMP_THREAD_LIMIT is 1, so OpenMP starts fewer",
        ));
    }
    for arguments in [&["--help"][..], &["completions", "bash"], &["man"]] {
        let taken = command(&folder, arguments, ("OMP_THREAD_LIMIT", "1"));
        { taken }.assert().success();
    }
}

#[test]
fn info_computes_nothing_and_warns() {
    let folder = TempDir::new().unwrap();
    let info = |variable| {
        command(&folder, &["info", "--json"], variable)
            .assert()
            .success()
    };
    let warned = info(("OMP_THREAD_LIMIT", "1")).stdout(starts_with("{"));
    warned.stderr(starts_with(
        "warning: OMP_THREAD_LIMIT is 1, so OpenMP starts fewer",
    ));
    info(("OMP_THREAD_LIMIT", "2")).stderr("");
}
