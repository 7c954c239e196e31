#![doc = include_str!("../README.md")]

mod array;
pub mod atomic_file;
mod dtype;
mod printable;
mod readable;
pub mod weights;

pub use array::{Array, ArrayError};
pub use dtype::Dtype;
pub use printable::printable;
#[doc(hidden)]
pub use readable::with_causes;
