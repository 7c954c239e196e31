//! The ports of `examples` against their twins in Python, stage by stage.

use crate::common::ports::{compare, examples, record_ours, record_theirs};

/// Trains both for 50 steps, on one thread and on two, and compares all that is recorded.
fn assert_equal_to_twin(port: &str, stages: usize) {
    let folder = tempfile::tempdir().unwrap();
    let [ours, theirs] = ["ours.trace", "theirs.trace"].map(|name| folder.path().join(name));
    for threads in [1, 2] {
        record_ours(port, &ours, threads, 50);
        record_theirs(&examples(), port, &theirs, threads, 50);
        let report = compare(&theirs, &ours);
        let expected = format!("no difference: {stages} stages are equal, bit by bit");
        assert_eq!(
            report.line(),
            expected,
            "{threads} threads: {:?}",
            report.verdict
        );
        let recorded: std::collections::BTreeSet<_> =
            report.rows.iter().map(|row| row.stage.step).collect();
        assert_eq!(recorded, [0, 1, 2, 10, 50].into(), "{port}");
    }
}

#[test]
fn the_network_of_pytorchs_examples_trains_as_its_twin_does() {
    assert_equal_to_twin("mnist", 228);
}

#[test]
fn resnet18_trains_as_its_twin_does() {
    assert_equal_to_twin("resnet18", 1718);
}

#[test]
fn a_small_gpt_trains_as_its_twin_does() {
    assert_equal_to_twin("gpt", 837);
}
