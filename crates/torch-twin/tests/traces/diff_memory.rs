//! How much memory a comparison takes.

#![cfg(target_os = "linux")]

use std::fs::{self, File};
use std::io::{BufWriter, Write};
use std::path::Path;

use serde_json::json;
use torch_twin::diff::{Options, Outcome, Report, Side};

use crate::common::in_a_process_of_its_own;

const VALUES: u64 = 50_000_000;

/// A trace of one large weight of zeros, the last of which is `last`.
fn write(path: &Path, last: f32) {
    let stages = json!([{"step": 0, "kind": "weight", "name": "w", "call": 0, "index": 0}]);
    let header = json!({
        "__metadata__": {
            "format": "torch-twin trace",
            "version": "1",
            "stages": stages.to_string(),
        },
        "step0/weight/w": {"dtype": "F32", "shape": [VALUES], "data_offsets": [0, 4 * VALUES]},
    });
    let header = header.to_string();
    let mut file = BufWriter::new(File::create(path).unwrap());
    file.write_all(&(header.len() as u64).to_le_bytes())
        .unwrap();
    file.write_all(header.as_bytes()).unwrap();
    for _ in 1..VALUES {
        file.write_all(&[0; 4]).unwrap();
    }
    file.write_all(&last.to_le_bytes()).unwrap();
    file.flush().unwrap();
}

/// The most memory that this process has had, in kB.
fn peak() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))
        .unwrap();
    line.trim().trim_end_matches(" kB").parse().unwrap()
}

#[test]
fn two_tensors_of_200_mb_are_compared_in_less_than_16_mb() {
    let test = "diff_memory::two_tensors_of_200_mb_are_compared_in_less_than_16_mb";
    in_a_process_of_its_own(test, comparison_takes_less_than_16_mb);
}

fn comparison_takes_less_than_16_mb() {
    let folder = tempfile::tempdir().unwrap();
    let [a, b] = ["a.trace", "b.trace"].map(|name| folder.path().join(name));
    write(&a, 1.0);
    write(&b, 2.0);
    let before = peak();
    let (a, b) = (Side::open(&a).unwrap(), Side::open(&b).unwrap());
    let report = Report::new(&a, &b, Options::default()).unwrap();
    let Outcome::Values(tally) = &report.rows[0].outcome else {
        panic!("{:?}", report.rows[0]);
    };
    assert_eq!((tally.count, tally.differing), (VALUES, 1));
    assert_eq!(tally.first.unwrap().position, VALUES - 1);
    let grown = peak() - before;
    assert!(grown < 16_000, "{grown} kB");
}
