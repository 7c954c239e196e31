//! Comparison of tensors by their bits.
//!
//! ```
//! use tch::Tensor;
//! use torch_twin::compare::compare;
//!
//! let (ours, theirs) = (Tensor::from_slice(&[1.0_f32]), Tensor::from_slice(&[1.0_f32 + f32::EPSILON]));
//! let comparison = compare("fc1.bias", &theirs, &ours)?;
//! assert_eq!((comparison.differing, comparison.max_ulps), (1, 1));
//! # Ok::<(), torch_twin::TorchError>(())
//! ```

mod comparison;
mod index;
mod number;
mod tally;
mod tolerance;

pub(crate) use comparison::tally;
pub use comparison::{Comparison, Mismatch, compare, compare_stages};
pub(crate) use index::index;
pub(crate) use number::{Decode, decoder};
pub use tally::{Difference, Tally};
pub use tolerance::Tolerance;
