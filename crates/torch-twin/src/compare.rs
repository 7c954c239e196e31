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

use tch::Tensor;
use torch_twin_trace::compare as arrays;
pub use torch_twin_trace::compare::{Comparison, Difference, Mismatch, Tally, Tolerance};

use crate::{TorchError, to_array};

/// Compares `actual` with `expected`, bit by bit.
///
/// Values are real floats of any size, or integers. A positive and a negative zero differ; two NaNs
/// of equal bits do not.
///
/// # Errors
/// An undefined tensor, complex or quantised values, and too little memory.
pub fn compare(name: &str, expected: &Tensor, actual: &Tensor) -> Result<Comparison, TorchError> {
    let (expected, actual) = (to_array(name, expected)?, to_array(name, actual)?);
    Ok(arrays::compare(name, &expected, &actual))
}
