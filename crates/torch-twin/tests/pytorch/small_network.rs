//! The example against its twin in Python.

use std::path::Path;
use std::process::Command;

use crate::common;

#[test]
fn the_example_prints_to_the_letter_what_its_twin_prints() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"));
    let ours = common::run(&mut Command::new(common::example("small_network")));
    let twin = folder.join("examples/small_network.py");
    let theirs = common::run_python(&twin, [""; 0]);
    assert!(ours.contains("step 300: loss "), "{ours}");
    assert!(ours.contains("\nweights: "), "{ours}");
    assert_eq!(ours, theirs);
}
