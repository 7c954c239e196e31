use tch::Tensor;

use super::bindings::twin_reset_grad;
use super::outcome::outcome;
use crate::TorchError;

/// `tensor.grad = None`.
pub fn reset_grad(tensor: &Tensor) -> Result<(), TorchError> {
    // SAFETY: The pointer is that of a tensor that lives during the call.
    unsafe { outcome(twin_reset_grad(tensor.as_ptr())) }
}
