//! The program `torch-twin`: what it prints, and its exit codes.

mod diff;
mod many_stages;
mod port;
#[cfg(feature = "torchscript")]
mod torchscript;
