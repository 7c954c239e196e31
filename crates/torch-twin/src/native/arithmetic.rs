//! Sums and products whose factors tch leaves out.

use tch::Tensor;

use super::activation::output_of;
use super::bindings::{twin_add, twin_addcdiv, twin_addcmul, twin_addmm, twin_sub};
use crate::TorchError;

/// `torch.add(input, other, alpha=alpha)`.
pub fn add(input: &Tensor, other: &Tensor, alpha: f64) -> Result<Tensor, TorchError> {
    // SAFETY: The inputs live during the call, and the function writes one new tensor.
    unsafe { output_of(|output| twin_add(input.as_ptr(), other.as_ptr(), alpha, output)) }
}

/// `torch.sub(input, other, alpha=alpha)`.
pub fn sub(input: &Tensor, other: &Tensor, alpha: f64) -> Result<Tensor, TorchError> {
    // SAFETY: As in `add`.
    unsafe { output_of(|output| twin_sub(input.as_ptr(), other.as_ptr(), alpha, output)) }
}

/// `torch.addcmul(input, one, other, value=value)`.
pub fn addcmul(
    input: &Tensor,
    one: &Tensor,
    other: &Tensor,
    value: f64,
) -> Result<Tensor, TorchError> {
    let [input, one, other] = [input, one, other].map(Tensor::as_ptr);
    // SAFETY: As in `add`.
    unsafe { output_of(|output| twin_addcmul(input, one, other, value, output)) }
}

/// `torch.addcdiv(input, one, other, value=value)`.
pub fn addcdiv(
    input: &Tensor,
    one: &Tensor,
    other: &Tensor,
    value: f64,
) -> Result<Tensor, TorchError> {
    let [input, one, other] = [input, one, other].map(Tensor::as_ptr);
    // SAFETY: As in `add`.
    unsafe { output_of(|output| twin_addcdiv(input, one, other, value, output)) }
}

/// `torch.addmm(input, one, other, beta=beta, alpha=alpha)`.
pub fn addmm(
    input: &Tensor,
    one: &Tensor,
    other: &Tensor,
    beta: f64,
    alpha: f64,
) -> Result<Tensor, TorchError> {
    let [input, one, other] = [input, one, other].map(Tensor::as_ptr);
    // SAFETY: As in `add`.
    unsafe { output_of(|output| twin_addmm(input, one, other, beta, alpha, output)) }
}
