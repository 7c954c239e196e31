//! Comparison of tensors by their bits.
//!
//! ```
//! use torch_twin_trace::Array;
//! use torch_twin_trace::compare::compare;
//!
//! let ours = Array::from_f32(&[1], &[1.0])?;
//! let theirs = Array::from_f32(&[1], &[1.0 + f32::EPSILON])?;
//! let comparison = compare("fc1.bias", &theirs, &ours);
//! assert_eq!((comparison.differing, comparison.max_ulps), (1, 1));
//! # Ok::<(), torch_twin_trace::ArrayError>(())
//! ```

mod comparison;
mod number;
mod tally;

pub use comparison::{Comparison, Mismatch, compare};
pub(crate) use number::{Decode, Number};
pub(crate) use tally::index;
pub use tally::{Difference, Tally, Tolerance};
