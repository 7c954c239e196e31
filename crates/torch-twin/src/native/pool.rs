use std::ptr;

use tch::Tensor;

use super::bindings::twin_avg_pool2d;
use super::outcome::outcome;
use crate::TorchError;

/// `F.avg_pool2d(input, kernel_size, stride)`, by an operator of our own where it gives
/// libtorch's bits.
pub fn avg_pool2d(input: &Tensor, kernel_size: i64, stride: i64) -> Result<Tensor, TorchError> {
    let mut output = ptr::null_mut();
    // SAFETY: The input lives during the call; after a success, `output` is a new tensor that
    // nobody else has.
    unsafe {
        let failure = twin_avg_pool2d(input.as_ptr(), kernel_size, stride, &mut output);
        outcome(failure)?;
        Ok(Tensor::from_ptr(output))
    }
}
