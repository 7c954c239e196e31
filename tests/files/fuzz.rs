//! No input makes the program panic, abort, hang or take all memory: valid files, mutated and read.
//!
//! Each batch of cases runs in a process of its own, since a crash in libtorch's C++ cannot be
//! caught. The process may take one gigabyte more than it has at its start, and five seconds a
//! case. A failing case is kept in a file, and its number brings it again.
//!
//! `make test` runs 26,500 cases; `make fuzz` multiplies that by `LENET5_FUZZ`.

mod batch;
mod mutate;
mod seeds;
mod targets;

use crate::common::{LIMIT, lenet5, repository};
use batch::fuzz;
use seeds::Seeds;
use targets::Target;

/// Runs one batch, in a process that `fuzz` has started.
#[test]
#[ignore = "only `fuzz` runs it, in a process of its own"]
fn batch_in_a_process_of_its_own() {
    batch::run();
}

#[test]
fn idx_and_gzip_files_are_read_or_refused() {
    fuzz(Target::Idx, &Seeds::idx(), 8000);
}

#[test]
fn safetensors_are_read_or_refused() {
    fuzz(Target::Weights, &Seeds::safetensors(), 3000);
}

#[test]
fn state_dict_pickles_are_read_or_refused() {
    fuzz(Target::Weights, &Seeds::pickles(), 3000);
}

#[test]
fn torchscript_is_run_or_refused() {
    fuzz(Target::Weights, &Seeds::torchscript(), 1500);
}

#[test]
fn pictures_are_read_or_refused() {
    fuzz(Target::Picture, &Seeds::pictures(), 3000);
}

#[test]
fn checkpoints_are_gone_on_from_or_refused() {
    fuzz(Target::Checkpoint, &Seeds::checkpoints(), 3000);
}

#[test]
fn values_on_the_command_line_are_taken_or_refused() {
    fuzz(Target::CommandLine, &Seeds::command_lines(), 5000);
}

#[test]
fn what_once_ended_the_process_is_refused() {
    let folder = repository("tests/files/fuzz/crashes");
    let mut files = 0;
    for entry in std::fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.extension().is_some_and(|extension| extension == "md") {
            continue;
        }
        files += 1;
        let mut command = lenet5(&["eval", "--data", "sample", "--device", "cpu"]);
        command.arg(&path);
        let name = path.display().to_string();
        command
            .timeout(LIMIT)
            .assert()
            .code(1)
            .stderr(predicates::str::contains(name));
    }
    assert!(files > 0);
}
