//! `lenet5 fingerprint` against PyTorch, and against what other machines have printed.

use std::fs;
use std::process::Command;

use crate::common::{lenet5, repository, venv_python};
use serde_json::Value;

fn printed(arguments: &[&str], environment: &[(&str, &str)]) -> String {
    let mut command = lenet5(&["fingerprint"]);
    command.args(arguments).envs(environment.iter().copied());
    let output = command.assert().success();
    String::from_utf8(output.get_output().stdout.clone()).expect("text")
}

/// What both print for a variant; nothing passes between the two but the digits: each has the seed, and
/// prints digests.
fn assert_same_lines(variant: &str, threads: &str, environment: &[(&str, &str)]) {
    let arguments = ["--variants", variant, "--threads", threads];
    let script = repository("python_ref/fingerprint.py");
    let python = Command::new(venv_python())
        .arg("-B")
        .arg(script)
        .args(arguments)
        .envs(environment.iter().copied())
        .output()
        .expect("Python starts");
    let theirs = String::from_utf8(python.stdout).expect("text");
    assert_eq!(printed(&arguments, environment), theirs, "{environment:?}");
}

#[test]
fn pytorch_prints_the_same_lines_to_the_letter() {
    assert_same_lines("paper-rbf", "1", &[]);
}

/// They change bits, in both languages alike.
#[test]
fn pytorch_prints_the_same_lines_with_other_kernels() {
    for kernels in [
        ("ATEN_CPU_CAPABILITY", "default"),
        ("ATEN_CPU_CAPABILITY", "avx2"),
        ("ONEDNN_MAX_CPU_ISA", "AVX2"),
    ] {
        assert_same_lines("classic", "2", &[kernels]);
    }
}

#[test]
fn pytorch_prints_the_same_lines_with_more_threads() {
    for threads in ["3", "4", "8"] {
        assert_same_lines("classic", threads, &[]);
    }
}

/// A machine whose kernels have no row there proves nothing by this; `make fingerprints` adds them.
#[test]
fn the_rows_in_docs_are_what_this_machine_computes_where_they_are_of_its_kind() {
    let rows = fs::read_to_string(repository("docs/fingerprints.json")).expect("the rows");
    let rows: Vec<Value> = serde_json::from_str(&rows).expect("a list");
    // All variants with the kernels of the processor, one with others. Where the machine lacks them,
    // libtorch takes those that it has.
    let all = "classic,paper,paper-rbf,modern";
    for (variants, threads, kernels) in [
        (all, "1", None),
        (all, "2", None),
        ("modern", "1", Some("avx2")),
        ("modern", "2", Some("default")),
    ] {
        let environment = kernels.map(|kernels| ("ATEN_CPU_CAPABILITY", kernels));
        let arguments = ["--variants", variants, "--threads", threads, "--json"];
        let json = printed(&arguments, environment.as_slice());
        let report: Value = serde_json::from_str(&json).expect("JSON");
        let fingerprints = report["fingerprints"].as_array().expect("a list");
        assert_eq!(fingerprints.len(), variants.split(',').count());
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
