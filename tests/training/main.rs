//! Whole trainings: with PyTorch's bits, and with the same bits after an interruption.

#[path = "../common/mod.rs"]
mod common;
mod durable;
mod same_bits;
mod stages;
mod whole_runs;
