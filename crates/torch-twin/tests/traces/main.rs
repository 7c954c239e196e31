//! Traces in both languages, and what their comparison finds.

#[path = "../common/mod.rs"]
mod common;
mod diff_memory;
mod diff_weights;
mod one_sided;
mod planted_faults;
mod ports;
mod programs;
mod recorder;
mod sharp_verdicts;
mod trace_reader;
mod within_a_step;
mod wrappers;
mod written;
