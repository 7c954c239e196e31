//! Files from outside: data sets, weights, and whatever they may hold instead.

#[path = "../../src/cli/mod.rs"]
#[allow(
    dead_code,
    unused_imports,
    reason = "only the parser of the command line is run"
)]
mod cli;
#[path = "../common/mod.rs"]
mod common;
mod data;
mod fuzz;
mod weights;
