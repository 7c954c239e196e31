//! Activations whose arguments tch leaves out.

use tch::Tensor;

use super::bindings::{twin_elu, twin_hardtanh, twin_leaky_relu, twin_softplus};
use super::outcome::output_of;
use crate::TorchError;

/// `F.leaky_relu(input, negative_slope)`.
pub fn leaky_relu(input: &Tensor, negative_slope: f64) -> Result<Tensor, TorchError> {
    // SAFETY: The input lives during the call, and the function writes one new tensor.
    unsafe { output_of(|output| twin_leaky_relu(input.as_ptr(), negative_slope, output)) }
}

/// `F.elu(input, alpha)`.
pub fn elu(input: &Tensor, alpha: f64) -> Result<Tensor, TorchError> {
    // SAFETY: As in `leaky_relu`.
    unsafe { output_of(|output| twin_elu(input.as_ptr(), alpha, output)) }
}

/// `F.hardtanh(input, min_val, max_val)`.
pub fn hardtanh(input: &Tensor, min_val: f64, max_val: f64) -> Result<Tensor, TorchError> {
    // SAFETY: As in `leaky_relu`.
    unsafe { output_of(|output| twin_hardtanh(input.as_ptr(), min_val, max_val, output)) }
}

/// `F.softplus(input, beta, threshold)`.
pub fn softplus(input: &Tensor, beta: f64, threshold: f64) -> Result<Tensor, TorchError> {
    // SAFETY: As in `leaky_relu`.
    unsafe { output_of(|output| twin_softplus(input.as_ptr(), beta, threshold, output)) }
}
