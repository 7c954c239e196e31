//! Files that would hang the program, or speak in its name, do neither.

use std::path::PathBuf;
use std::process::Command;

use crate::common::{LIMIT, json_object, lenet5, python, stderr, text, write_small_dataset};
use predicates::prelude::*;
use predicates::str::contains;
use tempfile::TempDir;

#[test]
fn files_of_the_system_without_an_end_are_refused_as_weights() {
    for file in ["/dev/zero", "/proc/kmsg", "/proc/self/fd/0"] {
        let mut eval = lenet5(&["eval", file, "--data", "sample"]);
        let refused = eval.timeout(LIMIT).assert().code(1).stdout("");
        refused.stderr(contains(format!("error: {file}: ")));
    }
}

#[test]
fn a_pipe_in_the_place_of_the_lock_is_refused() {
    let folder = TempDir::new().unwrap();
    write_small_dataset(&folder.path().join("data"), 1);
    let lock = folder.path().join("run/.lock");
    std::fs::create_dir(folder.path().join("run")).unwrap();
    let made = Command::new("mkfifo").arg(&lock).status().unwrap();
    assert!(made.success());
    let mut train = lenet5(&["train", "--data", "data", "--out", "run"]);
    let refused = train.current_dir(folder.path()).timeout(LIMIT).assert();
    refused
        .code(1)
        .stderr(contains(".lock").and(contains("not a file")));
}

/// A TorchScript module whose `forward` has this body.
fn module(folder: &TempDir, body: &str) -> PathBuf {
    let path = folder.path().join("module.pt");
    let program = "import torch
module = torch.jit.ScriptModule()
module.define('def forward(self, x):\\n' + sys.argv[1])
module.save(sys.argv[2])";
    python(program, [body, text(&path)]);
    path
}

#[test]
fn what_a_torchscript_program_prints_is_kept_off_standard_output() {
    let folder = TempDir::new().unwrap();
    let body = "  print('{\"correct\": 2000}')\n  return x.flatten(1)[:, :10]\n";
    let module = module(&folder, body);
    let eval = lenet5(&["eval", text(&module), "--data", "sample", "--json"]);
    let report = json_object(eval, 0);
    assert_eq!(report["total"], 2000);
    assert_ne!(report["correct"], 2000);
    let mut eval = lenet5(&["eval", text(&module), "--data", "sample", "--json"]);
    eval.assert().stderr(contains("{\"correct\": 2000}"));
}

#[test]
fn a_module_that_does_not_tell_the_classes_apart_is_named_with_advice_that_can_be_taken() {
    let folder = TempDir::new().unwrap();
    let refused = |body: &str| {
        let module = module(&folder, body);
        let mut eval = lenet5(&["eval", text(&module), "--data", "sample"]);
        let refused = eval.assert().code(1).stdout("");
        let stderr = stderr(refused.get_output());
        assert!(stderr.contains("module.pt: "), "{stderr}");
        stderr
    };
    let seven = refused("  return x.flatten(1)[:, :7]\n");
    assert!(
        seven.contains("is not below the number of classes, 7"),
        "{seven}"
    );
    let many = refused("  return x.flatten(1).repeat(1, 100)\n");
    assert!(many.contains("gives 102400 logits"), "{many}");
    assert!(!many.contains("--classes"), "{many}");
    // Ten for the two images that it is tried on, five for more.
    let fewer = refused("  return x.flatten(1)[:, :10 if x.size(0) <= 2 else 5]\n");
    assert!(fewer.contains("out of bounds"), "{fewer}");
}

#[test]
fn what_a_torchscript_program_raises_is_one_line() {
    let folder = TempDir::new().unwrap();
    let body = "  if x.size(0) > 0:\n    raise ValueError('x\\nerror: all is lost \\033[31m')\n  return x\n";
    let path = module(&folder, body);
    let mut eval = lenet5(&["eval", text(&path), "--data", "sample"]);
    let refused = eval.assert().code(1).stdout("");
    let one_line = predicate::function(|text: &str| text.lines().count() == 1);
    refused.stderr(one_line.and(contains("\u{1b}").not()));
}
