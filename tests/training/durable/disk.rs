//! Folders and disks that do not take what is to be written.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::thread;
use std::time::Duration;

use assert_cmd::Command;
use lenet5::train::Checkpoint;
use predicates::prelude::*;
use predicates::str::contains;

use super::run::Workshop;
use crate::common::{as_another_user, spawn, stderr};

/// The command with a limit on the size of files, which stands for a full disk: the system refuses
/// writes past 8 KiB.
fn on_a_full_disk(workshop: &Workshop, command: &Command) -> Command {
    let mut limited = Command::new("bash");
    limited.current_dir(workshop.path(""));
    limited.args(["-c", "trap '' XFSZ; ulimit -f 8; exec \"$0\" \"$@\""]);
    limited.arg(command.get_program()).args(command.get_args());
    limited
}

#[test]
fn a_full_disk_is_an_error_that_leaves_the_last_checkpoint() {
    let workshop = Workshop::new();
    workshop
        .train(&["--epochs", "1", "--out", "run"])
        .assert()
        .success();
    let result = workshop.result("run");
    fs::remove_file(workshop.path("run/model.safetensors")).unwrap();
    let before = workshop.checkpoints("run");
    on_a_full_disk(&workshop, &workshop.resume("run"))
        .assert()
        .code(1)
        .stderr(contains("model.safetensors").and(contains("too large")));
    assert_eq!(workshop.checkpoints("run"), before);
    workshop.resume("run").assert().success();
    assert_eq!(workshop.result("run"), result);

    // A new run says so before it has trained anything.
    on_a_full_disk(&workshop, &workshop.train(&["--out", "new"]))
        .assert()
        .code(1)
        .stderr(contains("checkpoint-00000000").and(contains("too large")));
    assert_eq!(
        workshop.files("new"),
        [".lock"],
        "nothing half written is left"
    );
}

#[test]
fn a_result_that_cannot_be_saved_is_not_lost() {
    let workshop = Workshop::new();
    let mut train = workshop.train(&["--epochs", "1", "--out", "run"]);
    train.assert().success();
    let result = workshop.result("run");
    let weights = workshop.path("run/model.safetensors");
    fs::remove_file(&weights).unwrap();
    fs::create_dir(&weights).unwrap();
    let refused = workshop.resume("run").assert().code(1);
    refused.stderr(
        contains("the training is done, and lenet5 train --resume ")
            .and(contains("run/model.safetensors: ")),
    );
    fs::remove_dir(&weights).unwrap();
    workshop.resume("run").assert().success();
    assert_eq!(workshop.result("run"), result);
}

#[test]
fn a_vanished_folder_is_an_error() {
    let workshop = Workshop::new();
    let first = spawn(&workshop.train(&["--epochs", "100000", "--out", "run"]));
    while !workshop.path("run/metrics.jsonl").exists() {
        thread::sleep(Duration::from_millis(10));
    }
    fs::rename(workshop.path("run"), workshop.path("moved")).unwrap();
    let output = first.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    let stderr = stderr(&output);
    assert!(stderr.contains("No such file or directory"), "{stderr}");
    let checkpoints = workshop.checkpoints("moved");
    assert!(
        !checkpoints.is_empty(),
        "what was written before is still there"
    );
    Checkpoint::load(&checkpoints[0]).expect("a whole checkpoint");
}

#[test]
#[ignore = "needs root, to act as another user: make test includes it there"]
fn a_folder_that_may_not_be_written_is_an_error_as_another_user_sees_it() {
    let workshop = Workshop::new();
    let open = |path: &Path, mode| fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
    open(&workshop.path(""), 0o755);
    fs::create_dir(workshop.path("read-only")).unwrap();
    open(&workshop.path("read-only"), 0o555);
    let output = as_another_user(&workshop.train(&["--out", "read-only"]));
    assert_eq!(output.status.code(), Some(1));
    let stderr = stderr(&output);
    assert!(
        stderr.contains("read-only") && stderr.contains("Permission denied"),
        "{stderr}"
    );
    assert_eq!(workshop.files("read-only"), [""; 0]);
}

#[test]
fn a_file_in_the_folders_place_is_an_error() {
    let workshop = Workshop::new();
    fs::write(workshop.path("file"), b"").unwrap();
    workshop
        .train(&["--out", "file"])
        .assert()
        .code(1)
        .stderr(contains("file: "));
    workshop
        .train(&["--out", "file/run"])
        .assert()
        .code(1)
        .stderr(contains("file/run: "));
    workshop
        .train(&["--out", "/proc/run"])
        .assert()
        .code(1)
        .stderr(contains("/proc/run: "));
}
