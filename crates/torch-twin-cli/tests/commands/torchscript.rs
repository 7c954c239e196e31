//! With the feature `torchscript` the program runs a module on the recorded input.

use std::path::Path;
use std::process::Command;

use torch_twin_trace::Array;
use torch_twin_trace::trace::{Kind, Settings, Writer};

/// A scripted `torch.nn.Linear(2, 1)` with the weight [[2, 3]] and the bias [1].
const MODULE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/commands/linear.pt");

#[test]
fn a_module_is_run_on_the_recorded_input() {
    let folder = tempfile::tempdir().unwrap();
    let line = "no difference: 3 stages are equal, bit by bit";
    for (output, code) in [(9.0, 0), (9.5, 1)] {
        let trace = folder.path().join("x.trace");
        let mut writer = Writer::default();
        let array = |shape: &[u64], values: &[f32]| Array::from_f32(shape, values).unwrap();
        writer.record(Kind::Weight, "weight", array(&[1, 2], &[2.0, 3.0]));
        writer.record(Kind::Weight, "bias", array(&[1], &[1.0]));
        writer.step(1).unwrap();
        writer.call(
            "",
            [array(&[1, 2], &[1.0, 2.0])],
            [array(&[1, 1], &[output])],
        );
        writer
            .save(&trace, &Settings::of_program("test 1.0"))
            .unwrap();
        let mut program = Command::new(env!("CARGO_BIN_EXE_torch-twin"));
        let ran = program
            .arg("diff")
            .args([&trace, Path::new(MODULE)])
            .output()
            .unwrap();
        let stdout = String::from_utf8_lossy(&ran.stdout);
        assert_eq!(ran.status.code(), Some(code), "{stdout}");
        assert_eq!(stdout.contains(line), code == 0, "{stdout}");
    }
}
