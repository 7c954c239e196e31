//! `lenet5 fingerprint` against PyTorch, and against what other machines have printed.

mod common;

use std::fs;

use common::{lenet5, reference, repository, run};
use serde_json::Value;

fn printed(arguments: &[&str]) -> String {
    let mut command = lenet5(&["fingerprint"]);
    let output = command.args(arguments).assert().success();
    String::from_utf8(output.get_output().stdout.clone()).expect("text")
}

/// Nothing passes between the two but the digits: each has the seed, and prints digests.
#[test]
fn pytorch_prints_the_same_lines_to_the_letter() {
    let arguments = ["--variants", "paper-rbf", "--threads", "1"];
    let script = repository("python_ref/fingerprint.py");
    let script = script.to_str().expect("a name");
    let python = reference().python.path;
    let theirs = run(&python, ["-B", script].iter().chain(&arguments));
    assert_eq!(printed(&arguments), theirs);
}

/// A machine whose kernels have no row there proves nothing by this; `make fingerprints` adds them.
#[test]
fn the_rows_in_docs_are_what_this_machine_computes_where_they_are_of_its_kind() {
    let rows = fs::read_to_string(repository("docs/fingerprints.json")).expect("the rows");
    let rows: Vec<Value> = serde_json::from_str(&rows).expect("a list");
    for threads in ["1", "2"] {
        let report: Value =
            serde_json::from_str(&printed(&["--threads", threads, "--json"])).expect("JSON");
        let fingerprints = report["fingerprints"].as_array().expect("a list");
        assert_eq!(fingerprints.len(), 4);
        for fingerprint in fingerprints {
            let of_its_kind = rows.iter().filter(|row| {
                row["torch"] == report["torch"]
                    && row["kernels"] == report["cpu_capability"]
                    && row["threads"] == report["threads"]
                    && row["variant"] == fingerprint["variant"]
            });
            for row in of_its_kind {
                for digest in fingerprint["digests"].as_array().expect("a list") {
                    let stage = digest["stage"].as_str().expect("a name");
                    assert_eq!(row["sha256"][stage], digest["sha256"], "{stage}: {row}");
                }
            }
        }
    }
}
