//! `lenet5 fingerprint` against PyTorch. `tools/test_fingerprints.py` holds the rows of docs/fingerprints.json.

use std::process::Command;

use crate::common::{lenet5, reference, repository, venv_python};

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
    // libtorch reads the environment as it is loaded, so a Python that has loaded it is none for another one.
    let python = match environment {
        [] => reference().python.path,
        _ => venv_python(),
    };
    let python = Command::new(python)
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
        ("MKL_CBWR", "COMPATIBLE"),
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
