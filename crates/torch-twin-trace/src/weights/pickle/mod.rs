//! Pickles: lists of instructions for a machine with a stack, which makes values of them.
//!
//! [`instructions`] splits a pickle, and the crate's own machine makes values of them. It calls nothing that a pickle
//! names: an object is the name of its class and what it was made from.

mod instructions;
mod machine;
mod values;

pub use instructions::{Instruction, instructions, slot};
pub(super) use machine::run;
pub(super) use values::{Id, Object, Value, Values};
