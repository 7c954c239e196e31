//! Every option is honoured or refused, and what is refused costs nothing.

use std::fs;
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use crate::common::{idx, json_file, lenet5, stderr, text, write_small_dataset};
use assert_cmd::Command;
use lenet5::data::IdxKind;
use lenet5::variant::VARIANTS;
use predicates::prelude::*;
use predicates::str::contains;
use tempfile::TempDir;
use torch_twin::{Generator, weights};

/// `lenet5 train` on a small data set in a folder of its own.
fn train(folder: &TempDir, arguments: &[&str]) -> Command {
    write_small_dataset(&folder.path().join("data"), 1);
    let mut command = lenet5(&["train", "--threads", "1", "--epochs", "1"]);
    command.current_dir(folder.path());
    command.args(["--data", "data"]).args(arguments);
    command
}

fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).unwrap();
    let names = entries.map(|entry| entry.unwrap().file_name());
    let mut names: Vec<_> = names.map(|name| name.into_string().unwrap()).collect();
    names.sort();
    names
}

#[test]
fn values_out_of_their_range_are_wrong_usage() {
    let folder = TempDir::new().unwrap();
    for (option, value) in [
        ("--lr", "-1"),
        ("--lr", "1e20"),
        ("--lr", "1e39"),
        ("--lr", "nan"),
        ("--weight-decay", "1e39"),
        ("--momentum", "1.5"),
        ("--rotation", "400"),
        ("--shift", "1000"),
    ] {
        let mut command = train(&folder, &[option, value, "--optimizer", "sgd"]);
        let refused = command.assert().code(2).stdout("");
        refused.stderr(contains(option).and(contains("panicked").not()));
    }
    assert_eq!(names(folder.path()), ["data"]);
}

#[test]
fn a_schedule_takes_what_it_needs_and_nothing_else() {
    let folder = TempDir::new().unwrap();
    for (options, words) in [
        (
            "--schedule exponential",
            "--schedule: exponential is not complete without gamma",
        ),
        (
            "--schedule step",
            "--schedule: step is not complete without step_size",
        ),
        (
            "--schedule multistep",
            "--schedule: multistep is not complete without milestones",
        ),
        (
            "--schedule cosine --gamma 0.5",
            "--gamma: 0.5 is not taken: the schedule cosine has no gamma",
        ),
        (
            "--gamma 0.5",
            "--gamma: 0.5 is not taken: the schedule constant has no gamma",
        ),
        (
            "--schedule step --step-size 2 --gamma 1500",
            "--gamma: 1500 is not from 0 to 1000",
        ),
        (
            "--schedule linear --end-factor -1",
            "--end-factor: -1 is not from 0 to 1",
        ),
        ("--schedule plateau", "give --validation N too"),
        ("--patience 3", "give --validation N too"),
        ("--schedule multistep --milestones 3,0", "--milestones"),
    ] {
        let options: Vec<_> = options.split(' ').collect();
        let refused = train(&folder, &options).assert().code(2).stdout("");
        refused.stderr(contains(words).and(contains("panicked").not()));
    }
    assert_eq!(names(folder.path()), ["data"]);
}

#[test]
fn threads_are_refused_where_they_would_only_wait_for_each_other() {
    let cores = std::thread::available_parallelism().unwrap().get();
    let most = 16.max(4 * cores);
    let words = format!("for {cores} cores; at most {most} are taken here");
    let folder = TempDir::new().unwrap();
    for (command, threads) in [("train", most + 1), ("train", 1024), ("parity", 1024)] {
        let threads = threads.to_string();
        let mut command = lenet5(&[command, "--data", "sample", "--threads", &threads]);
        command.current_dir(folder.path());
        let refused = command.timeout(Duration::from_secs(60)).assert();
        let refused = refused.code(2).stdout("");
        refused.stderr(contains("--threads").and(contains(words.as_str())));
    }
    assert_eq!(names(folder.path()), [""; 0]);
    for threads in [most, 8] {
        let mut info = lenet5(&["info", "--threads", &threads.to_string()]);
        info.assert().success();
    }
}

#[test]
fn momentum_is_sgds_alone() {
    let folder = TempDir::new().unwrap();
    let refused = |arguments: &[&str]| {
        let mut command = train(&folder, arguments);
        command.assert().code(2).stderr(contains("only sgd has it"));
    };
    // The recipe's optimiser is Adam.
    refused(&["--momentum", "0.9"]);
    refused(&["--momentum", "0.9", "--optimizer", "adamw"]);
    let out = ["--out", "run"];
    let adam = ["--recipe", "best", "--optimizer", "adam", "--epochs", "1"];
    let mut command = lenet5(&["train", "--data", "data", "--threads", "1"]);
    command.current_dir(folder.path()).args(adam).args(out);
    command.assert().success();
    assert_eq!(
        json_file(&folder.path().join("run/run.json"))["momentum"],
        0.0
    );
}

#[test]
fn every_optimizer_alone_learns_and_the_record_says_with_which_steps() {
    for (optimizer, lr, momentum) in [
        ("adam", 0.001, 0.0),
        ("adamw", 0.001, 0.0),
        ("sgd", 0.1, 0.9),
    ] {
        for variant in VARIANTS {
            let folder = TempDir::new().unwrap();
            let fixed = "train --data sample --epochs 1 --no-pictures --out run";
            let fixed: Vec<_> = fixed.split(' ').collect();
            let mut command = lenet5(&fixed);
            command.current_dir(folder.path());
            command.args(["--optimizer", optimizer, "--variant", variant.name]);
            command.assert().success();
            let run = json_file(&folder.path().join("run/run.json"));
            let is_sgd_on_distances = optimizer == "sgd" && variant.name == "paper-rbf";
            assert_eq!(run["lr"], if is_sgd_on_distances { 0.002 } else { lr });
            assert_eq!(run["momentum"], momentum);
            let accuracy = run["test_accuracy"].as_f64().unwrap();
            assert!(
                accuracy > 60.0,
                "{} by {optimizer}: {accuracy}",
                variant.name
            );
        }
    }
}

#[test]
fn a_loss_that_runs_away_without_end_is_said_once_and_a_good_one_never() {
    let said = |options: &[&str]| {
        let folder = TempDir::new().unwrap();
        let fixed = "train --data sample --epochs 2 --no-pictures --out run";
        let mut command = lenet5(&fixed.split(' ').collect::<Vec<_>>());
        let run = command.current_dir(folder.path()).args(options).assert();
        let stderr = stderr(run.success().get_output());
        stderr.matches("the loss runs away").count()
    };
    for variant in VARIANTS {
        assert_eq!(said(&["--variant", variant.name]), 0, "{}", variant.name);
        let too_large = ["--variant", variant.name, "--lr", "1"];
        assert_eq!(said(&too_large), 1, "{}", variant.name);
    }
}

#[test]
fn a_start_that_fails_leaves_the_earlier_run_and_nothing_new() {
    let folder = TempDir::new().unwrap();
    train(&folder, &["--out", "run"]).assert().success();
    let before = names(&folder.path().join("run"));
    let run = fs::read(folder.path().join("run/model.safetensors")).unwrap();
    fs::create_dir(folder.path().join("incomplete")).unwrap();
    let labels = idx(IdxKind::Labels, &[1], &[200]);
    write_small_dataset(&folder.path().join("labels"), 1);
    fs::write(folder.path().join("labels/t10k-labels-idx1-ubyte"), labels).unwrap();
    for fault in [
        &["--data", "TYPO"][..],
        &["--data", "incomplete"],
        &["--data", "labels"],
        &["--data", "data", "--validation", "100000"],
        &["--data", "data", "--classes", "3"],
        &["--data", "data", "--init", "absent.pt"],
    ] {
        for out in ["run", "new"] {
            let mut command = lenet5(&["train", "--force", "--out", out]);
            command.current_dir(folder.path()).args(fault);
            command.assert().code(1).stdout("");
        }
        assert_eq!(names(&folder.path().join("run")), before, "{fault:?}");
        let kept = fs::read(folder.path().join("run/model.safetensors")).unwrap();
        assert!(kept == run, "{fault:?}");
        assert!(!folder.path().join("new").exists(), "{fault:?}");
    }
}

#[test]
fn a_slip_in_lenet5_data_makes_no_folder() {
    let folder = TempDir::new().unwrap();
    let mut command = lenet5(&["train"]);
    command
        .current_dir(folder.path())
        .env("LENET5_DATA", "typo");
    let refused = command.assert().code(1);
    refused.stderr(contains("\"typo\" is not a folder"));
    assert_eq!(names(folder.path()), [""; 0]);
}

#[test]
fn a_last_batch_that_the_network_cannot_be_trained_on_is_refused_before_it_starts() {
    let folder = TempDir::new().unwrap();
    for (batch_size, last) in [("71", 1), ("1", 1), ("213", 1)] {
        let arguments = ["--variant", "modern", "--batch-size", batch_size];
        let mut command = train(&folder, &arguments);
        let refused = command.args(["--out", "run"]).assert().code(1);
        refused.stderr(contains(format!("would have {last} of the 640")));
        assert!(!folder.path().join("run").exists());
    }
    train(&folder, &["--batch-size", "71"]).assert().success();
}

#[test]
fn compare_refuses_a_variant_that_does_not_fit_and_keeps_what_is_there() {
    let folder = TempDir::new().unwrap();
    fs::write(folder.path().join("compare.json"), "precious").unwrap();
    let mut command = lenet5(&["compare", "--data", "sample", "--classes", "11"]);
    command.args(["--variants", "paper-rbf", "--out"]);
    let refused = command.arg(folder.path()).assert().code(2);
    refused.stderr(contains("paper-rbf does not tell 11 classes apart"));
    let kept = fs::read_to_string(folder.path().join("compare.json")).unwrap();
    assert_eq!(kept, "precious");
}

#[test]
fn weights_whose_logits_overflow_give_an_error_and_no_answer() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("huge.safetensors");
    let mut generator = Generator::manual_seed(0);
    let network = (VARIANTS[0].build)(10, &mut generator).unwrap();
    let state_dict = network.state_dict();
    for (name, value) in [("fc1.bias", 100.0), ("fc2.weight", 3e38)] {
        let _no_grad = tch::no_grad_guard();
        let (_, tensor) = state_dict.iter().find(|(known, _)| *known == name).unwrap();
        let _ = tensor.shallow_clone().fill_(value);
    }
    weights::save(&path, state_dict.iter(), &Default::default()).unwrap();
    let picture = crate::common::repository("tests/pictures/0-pen.png");
    for json in [None, Some("--json")] {
        let mut predict = lenet5(&["predict", text(&path), text(&picture)]);
        let refused = predict.args(json).assert().code(1).stdout("");
        refused.stderr(contains("0-pen.png: its logits are infinite or NaN"));
        let mut eval = lenet5(&["eval", text(&path), "--data", "sample"]);
        let refused = eval.args(json).assert().code(1).stdout("");
        refused.stderr(contains("the logits of image 0 are infinite or NaN"));
    }
}

#[cfg(unix)]
#[test]
fn a_standard_error_that_is_full_changes_neither_the_work_nor_the_exit_code() {
    let folder = TempDir::new().unwrap();
    let command = train(&folder, &["--json", "--out", "run"]);
    let mut process = std::process::Command::new(command.get_program());
    process.args(command.get_args()).current_dir(folder.path());
    let full = fs::File::options().write(true).open("/dev/full").unwrap();
    let output = process.stderr(Stdio::from(full)).output().unwrap();
    assert_eq!(output.status.code(), Some(0));
    assert_eq!(String::from_utf8(output.stdout).unwrap().lines().count(), 2);
    assert!(folder.path().join("run/run.json").exists());
}

#[cfg(unix)]
#[test]
fn a_reader_that_goes_away_ends_a_training_in_silence() {
    let folder = TempDir::new().unwrap();
    write_small_dataset(&folder.path().join("data"), 1);
    let command = lenet5(&[
        "train", "--data", "data", "--epochs", "1000", "--out", "run",
    ]);
    let line = "\"$0\" \"$@\" | head -n 1; exit ${PIPESTATUS[0]}";
    let mut bash = Command::new("bash");
    bash.current_dir(folder.path()).args(["-c", line]);
    bash.arg(command.get_program()).args(command.get_args());
    let ended = bash.timeout(Duration::from_secs(120)).assert();
    ended.success().stdout(contains("Epoch 1"));
}

#[test]
fn a_picture_alone_takes_no_memory_for_the_batch_that_it_might_have_been_in() {
    let folder = TempDir::new().unwrap();
    train(&folder, &["--out", "run"]).assert().success();
    let weights = folder.path().join("run/model.safetensors");
    let picture = crate::common::repository("tests/pictures/0-pen.png");
    let command = lenet5(&["predict", text(&weights), text(&picture)]);
    // Four gigabytes of addresses are enough for libtorch, and not for 100,000 images.
    let limited = |batch_size: &str| {
        let line = "ulimit -v 4000000; exec \"$0\" \"$@\"";
        let mut bash = Command::new("bash");
        bash.args(["-c", line]).arg(command.get_program());
        bash.args(command.get_args())
            .args(["--batch-size", batch_size]);
        bash.assert().success().get_output().stdout.clone()
    };
    assert_eq!(limited("100000"), limited("1000"));
}

#[cfg(target_os = "linux")]
#[test]
fn a_machine_that_others_keep_busy_is_noticed_in_one_line() {
    let cores = std::thread::available_parallelism().unwrap().get();
    let spinning = || {
        let mut shell = std::process::Command::new("sh");
        shell.args(["-c", "while :; do :; done"]).spawn().unwrap()
    };
    let mut others: Vec<_> = (0..2 * cores).map(|_| spinning()).collect();
    let folder = TempDir::new().unwrap();
    write_small_dataset(&folder.path().join("data"), 1);
    let mut train = lenet5(&["train", "--data", "data", "--epochs", "1", "--threads", "2"]);
    train.args(["--batch-size", "640"]);
    train
        .env_remove("OMP_WAIT_POLICY")
        .current_dir(folder.path());
    let stderr = train.assert().get_output().stderr.clone();
    for other in &mut others {
        other.kill().unwrap();
        other.wait().unwrap();
    }
    let stderr = String::from_utf8(stderr).unwrap();
    assert_eq!(
        stderr.matches("OMP_WAIT_POLICY=passive").count(),
        1,
        "{stderr}"
    );
}
