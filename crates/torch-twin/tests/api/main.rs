//! The crate as a program on it sees it: called with bad arguments, and linked from outside.

mod bad_arguments;
#[path = "../common/mod.rs"]
mod common;
mod outside_crate;
