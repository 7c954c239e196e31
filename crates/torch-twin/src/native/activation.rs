//! Activations whose arguments tch leaves out.

use tch::Tensor;

use super::bindings::{
    twin_celu, twin_celu_, twin_elu, twin_elu_, twin_hardshrink, twin_hardtanh, twin_hardtanh_,
    twin_leaky_relu, twin_leaky_relu_, twin_softplus, twin_softshrink,
};
use super::outcome::{outcome, output_of};
use crate::TorchError;

/// `F.leaky_relu(input, negative_slope)`.
///
/// # Errors
/// What libtorch refuses, too little memory above all.
pub fn leaky_relu(input: &Tensor, negative_slope: f64) -> Result<Tensor, TorchError> {
    // SAFETY: The input lives during the call, and the function writes one new input.
    unsafe { output_of(|output| twin_leaky_relu(input.as_ptr(), negative_slope, output)) }
}

/// `F.elu(input, alpha)`.
///
/// # Errors
/// What libtorch refuses, too little memory above all.
pub fn elu(input: &Tensor, alpha: f64) -> Result<Tensor, TorchError> {
    // SAFETY: As in `leaky_relu`.
    unsafe { output_of(|output| twin_elu(input.as_ptr(), alpha, output)) }
}

/// `F.celu(input, alpha)`.
///
/// # Errors
/// An `alpha` of 0, and what libtorch refuses.
pub fn celu(input: &Tensor, alpha: f64) -> Result<Tensor, TorchError> {
    // SAFETY: As in `leaky_relu`.
    unsafe { output_of(|output| twin_celu(input.as_ptr(), alpha, output)) }
}

/// `F.hardshrink(input, lambd)`: zero within ±lambd.
///
/// # Errors
/// What libtorch refuses, too little memory above all.
pub fn hardshrink(input: &Tensor, lambd: f64) -> Result<Tensor, TorchError> {
    // SAFETY: As in `leaky_relu`.
    unsafe { output_of(|output| twin_hardshrink(input.as_ptr(), lambd, output)) }
}

/// `F.softshrink(input, lambd)`: nearer to zero by `lambd`, zero within ±lambd.
///
/// # Errors
/// A negative `lambd`, and what libtorch refuses.
pub fn softshrink(input: &Tensor, lambd: f64) -> Result<Tensor, TorchError> {
    // SAFETY: As in `leaky_relu`.
    unsafe { output_of(|output| twin_softshrink(input.as_ptr(), lambd, output)) }
}

/// `F.hardtanh(input, min_val, max_val)`.
///
/// # Errors
/// What libtorch refuses, too little memory above all.
pub fn hardtanh(input: &Tensor, min_val: f64, max_val: f64) -> Result<Tensor, TorchError> {
    // SAFETY: As in `leaky_relu`.
    unsafe { output_of(|output| twin_hardtanh(input.as_ptr(), min_val, max_val, output)) }
}

/// `F.softplus(input, beta, threshold)`.
///
/// # Errors
/// What libtorch refuses, too little memory above all.
pub fn softplus(input: &Tensor, beta: f64, threshold: f64) -> Result<Tensor, TorchError> {
    // SAFETY: As in `leaky_relu`.
    unsafe { output_of(|output| twin_softplus(input.as_ptr(), beta, threshold, output)) }
}

/// `F.leaky_relu_(input, negative_slope)`: [`leaky_relu`] in place.
///
/// # Errors
/// As for [`leaky_relu`], and an input that may not be written.
pub fn leaky_relu_(input: &mut Tensor, negative_slope: f64) -> Result<(), TorchError> {
    // SAFETY: The input lives during the call, which does not keep it.
    unsafe { outcome(twin_leaky_relu_(input.as_mut_ptr(), negative_slope)) }
}

/// `F.elu_(input, alpha)`: [`elu`] in place.
///
/// # Errors
/// As for [`elu`], and an input that may not be written.
pub fn elu_(input: &mut Tensor, alpha: f64) -> Result<(), TorchError> {
    // SAFETY: As in `leaky_relu_`.
    unsafe { outcome(twin_elu_(input.as_mut_ptr(), alpha)) }
}

/// `F.celu_(input, alpha)`: [`celu`] in place.
///
/// # Errors
/// As for [`celu`], and an input that may not be written.
pub fn celu_(input: &mut Tensor, alpha: f64) -> Result<(), TorchError> {
    // SAFETY: As in `leaky_relu_`.
    unsafe { outcome(twin_celu_(input.as_mut_ptr(), alpha)) }
}

/// `F.hardtanh_(input, min_val, max_val)`: [`hardtanh`] in place.
///
/// # Errors
/// As for [`hardtanh`], and an input that may not be written.
pub fn hardtanh_(input: &mut Tensor, min_val: f64, max_val: f64) -> Result<(), TorchError> {
    // SAFETY: As in `leaky_relu_`.
    unsafe { outcome(twin_hardtanh_(input.as_mut_ptr(), min_val, max_val)) }
}
