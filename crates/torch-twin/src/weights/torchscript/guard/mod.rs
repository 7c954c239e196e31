//! What keeps a hostile TorchScript file from crashing libtorch, which trusts what it reads.

mod check;
mod code;
mod pickle;

pub use check::checked;
