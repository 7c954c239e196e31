use tch::Tensor;

use super::bindings::{
    twin_bump_version, twin_is_grad_enabled, twin_is_same, twin_is_sole_view, twin_may_overwrite,
    twin_reset_grad,
};
use super::outcome::outcome;
use crate::TorchError;

/// `tensor.grad = None`.
pub fn reset_grad(tensor: &Tensor) -> Result<(), TorchError> {
    // SAFETY: The pointer is that of a tensor that lives during the call.
    unsafe { outcome(twin_reset_grad(tensor.as_ptr())) }
}

/// `torch.autograd.graph.increment_version(tensor)`.
pub fn bump_version(tensor: &Tensor) -> Result<(), TorchError> {
    // SAFETY: As in `reset_grad`.
    unsafe { outcome(twin_bump_version(tensor.as_ptr())) }
}

/// `torch.is_grad_enabled()`: whether operators are recorded for the backward pass.
pub fn is_grad_enabled() -> bool {
    twin_is_grad_enabled()
}

/// `one is other`: whether both are the same tensor, not just equal.
pub fn is_same(one: &Tensor, other: &Tensor) -> bool {
    // SAFETY: Both tensors live during the call.
    unsafe { twin_is_same(one.as_ptr(), other.as_ptr()) }
}

/// Whether the tensor is a dense and contiguous leaf on the CPU whose memory no other tensor sees.
pub fn is_sole_view(tensor: &Tensor) -> bool {
    // SAFETY: As in `reset_grad`.
    unsafe { twin_is_sole_view(tensor.as_ptr()) }
}

/// Whether nobody but the holder of `tensor` sees its values, and no gradient needs them.
pub fn may_overwrite(tensor: &Tensor) -> bool {
    // SAFETY: As in `reset_grad`.
    unsafe { twin_may_overwrite(tensor.as_ptr()) }
}
