//! Pickles: lists of instructions for a machine with a stack, which makes values of them.

mod instructions;
mod repetition;

pub(super) use instructions::{Instruction, instructions, slot};
pub(super) use repetition::check_repetition;
