//! Memory of tensors that is used again: neither fetched anew at each step, nor more than was in use.

#![cfg(target_os = "linux")]

use std::fs;

use tch::{Device, Kind, Tensor};
use torch_twin::backends;

use crate::common::in_a_process_of_its_own;

const MIB: i64 = 1 << 20;

fn zeros(bytes: i64) -> Tensor {
    Tensor::zeros([bytes], (Kind::Uint8, Device::Cpu))
}

/// Pages that the process has been given so far.
fn page_faults() -> u64 {
    let stat = fs::read_to_string("/proc/self/stat").unwrap();
    let (_, words) = stat.rsplit_once(')').unwrap();
    words.split_whitespace().nth(7).unwrap().parse().unwrap()
}

/// The most memory that the process has had, in MiB.
fn peak() -> i64 {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kib: i64 = line.unwrap().trim_end_matches("kB").trim().parse().unwrap();
    kib / 1024
}

#[test]
fn large_memory_is_used_again_and_no_more_is_held_than_was_in_use() {
    let test = "caching_allocator::large_memory_is_used_again_and_no_more_is_held_than_was_in_use";
    in_a_process_of_its_own(test, memory_is_used_again);
}

fn memory_is_used_again() {
    backends::use_caching_allocator();
    tch::set_num_threads(1);
    // What libtorch loads with its first tensor does not count.
    drop(zeros(1));
    let before = peak();

    // As the logits of a language model, and their gradients.
    let step = || [28, 28, 28, 8, 2].map(|mib| zeros(mib * MIB));
    drop(step());
    let warm = page_faults();
    for _ in 0..20 {
        drop(step());
    }
    let faults = page_faults() - warm;
    assert!(faults < 1000, "{faults} pages were fetched anew");

    // Of each size once three, which alone would be 510 MiB in the end.
    for kib in 1..200 {
        drop([0, 1, 2].map(|other| zeros((25 * 1024 - 100 * kib + other) * 1024)));
    }
    let grown = peak() - before;
    // At most 94 MiB are in use at once, 32 MiB more may wait, and libc has gaps between its blocks.
    assert!(grown < 200, "{grown} MiB");
}
