//! Wrappers around a network: no difference.

use std::path::Path;

use crate::common::run_python;
use crate::programs::{compared, program};

fn assert_equal(a: &Path, b: &Path, stages: usize) {
    for (a, b) in [(a, b), (b, a)] {
        let report = compared(a, b);
        let line = format!("no difference: {stages} stages are equal, bit by bit");
        assert_eq!(report.line(), line, "{}: {:?}", a.display(), report.verdict);
    }
}

#[test]
fn a_trace_of_data_parallel_is_equal_to_the_plain_one() {
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/traces/data");
    let [plain, wrapped] =
        ["plain", "same_in_DataParallel"].map(|name| data.join(format!("{name}.trace")));
    assert_equal(&plain, &wrapped, 185);
    let notes = compared(&plain, &wrapped).notes;
    let note = "Only B has `module`, which hands on what the module around takes and gives: a wrapper, \
                and no difference";
    assert_eq!(notes, [note]);
}

#[test]
fn every_wrapper_of_pytorch_is_no_difference() {
    let folder = tempfile::tempdir().unwrap();
    run_python(&program("wrapped.py"), [folder.path()]);
    let trace = |name: &str| folder.path().join(format!("{name}.trace"));
    let wrappers = [
        "own",
        "data_parallel",
        "ddp",
        "compile",
        "ddp_in_compile",
        "fsdp",
        "nested_fsdp",
    ];
    for name in wrappers {
        assert_equal(&trace("plain"), &trace(name), 101);
    }
    // Without gradients and the optimizer's state.
    assert_equal(&trace("plain"), &trace("flat_fsdp"), 53);
    let notes = compared(&trace("plain"), &trace("flat_fsdp")).notes;
    let note = "FSDP keeps the parameters of B in flat ones: gradients and the optimizer's state are not \
                compared; with use_orig_params=True they are";
    assert_eq!(notes[1], note);
}

#[test]
fn a_full_graph_of_torch_compile_trains_as_without_the_recorder() {
    let folder = tempfile::tempdir().unwrap();
    run_python(&program("full_graph.py"), [folder.path()]);
    let names = ["compiled", "compiled_in_place", "function"];
    let trace = |name: &str| folder.path().join(format!("{name}.trace"));
    for name in names {
        // Losses, gradients, states and weights are there, whatever is compiled.
        let note = "torch.compile(fullgraph=True): modules inside the graph are not seen";
        let notes = compared(&trace(name), &trace(name)).notes;
        assert!(
            notes.iter().any(|line| line.contains(note)),
            "{name}: {notes:?}"
        );
    }
}
