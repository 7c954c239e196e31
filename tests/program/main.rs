//! The program as its user calls it: each command, pages, pictures, ONNX.

mod commands;
#[path = "../common/mod.rs"]
mod common;
mod onnx;
mod page;
mod pictures;
