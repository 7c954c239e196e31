//! Traces in both languages, and what their comparison finds.

#[path = "../common/mod.rs"]
mod common;
mod diff_weights;
mod one_sided;
mod planted_faults;
mod ports;
mod recorder;
mod trace_reader;
mod written;
