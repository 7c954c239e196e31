//! Functions whose arguments tch leaves out.

use tch::Tensor;

use crate::{TorchError, native};

/// `torch.add(input, other, alpha=alpha)`: input + alpha · other.
///
/// # Errors
/// Shapes that do not fit, and an `alpha` with a fraction among whole numbers.
pub fn add(input: &Tensor, other: &Tensor, alpha: f64) -> Result<Tensor, TorchError> {
    native::add(input, other, alpha)
}

/// `input.add_(other, alpha=alpha)`: [`add`] in place.
///
/// # Errors
/// As for [`add`], and an input that may not be written.
pub fn add_(input: &mut Tensor, other: &Tensor, alpha: f64) -> Result<(), TorchError> {
    native::add_(input, other, alpha)
}

/// `torch.sub(input, other, alpha=alpha)`: input - alpha · other.
///
/// # Errors
/// As for [`add`].
pub fn sub(input: &Tensor, other: &Tensor, alpha: f64) -> Result<Tensor, TorchError> {
    native::sub(input, other, alpha)
}

/// `input.sub_(other, alpha=alpha)`: [`sub`] in place.
///
/// # Errors
/// As for [`add_`].
pub fn sub_(input: &mut Tensor, other: &Tensor, alpha: f64) -> Result<(), TorchError> {
    native::sub_(input, other, alpha)
}

/// `torch.addcmul(input, tensor1, tensor2, value=value)`: input + value · tensor1 · tensor2.
///
/// # Errors
/// Shapes that do not fit, and a `value` with a fraction among whole numbers.
pub fn addcmul(
    input: &Tensor,
    tensor1: &Tensor,
    tensor2: &Tensor,
    value: f64,
) -> Result<Tensor, TorchError> {
    native::addcmul(input, tensor1, tensor2, value)
}

/// `input.addcmul_(tensor1, tensor2, value=value)`: [`addcmul`] in place.
///
/// # Errors
/// As for [`addcmul`], and an input that may not be written.
pub fn addcmul_(
    input: &mut Tensor,
    tensor1: &Tensor,
    tensor2: &Tensor,
    value: f64,
) -> Result<(), TorchError> {
    native::addcmul_(input, tensor1, tensor2, value)
}

/// `torch.addcdiv(input, tensor1, tensor2, value=value)`: input + value · tensor1 / tensor2.
///
/// # Errors
/// Shapes that do not fit, and whole numbers.
pub fn addcdiv(
    input: &Tensor,
    tensor1: &Tensor,
    tensor2: &Tensor,
    value: f64,
) -> Result<Tensor, TorchError> {
    native::addcdiv(input, tensor1, tensor2, value)
}

/// `input.addcdiv_(tensor1, tensor2, value=value)`: [`addcdiv`] in place.
///
/// # Errors
/// As for [`addcdiv`], and an input that may not be written.
pub fn addcdiv_(
    input: &mut Tensor,
    tensor1: &Tensor,
    tensor2: &Tensor,
    value: f64,
) -> Result<(), TorchError> {
    native::addcdiv_(input, tensor1, tensor2, value)
}

/// `torch.addmm(input, mat1, mat2, beta=beta, alpha=alpha)`: beta · input + alpha · mat1 · mat2.
///
/// # Errors
/// Shapes that do not fit.
pub fn addmm(
    input: &Tensor,
    mat1: &Tensor,
    mat2: &Tensor,
    beta: f64,
    alpha: f64,
) -> Result<Tensor, TorchError> {
    native::addmm(input, mat1, mat2, beta, alpha)
}

/// `F.leaky_relu(input, negative_slope)`.
///
/// # Errors
/// What libtorch refuses, too little memory above all.
pub fn leaky_relu(input: &Tensor, negative_slope: f64) -> Result<Tensor, TorchError> {
    native::leaky_relu(input, negative_slope)
}

/// `F.leaky_relu_(input, negative_slope)`: [`leaky_relu`] in place.
///
/// # Errors
/// As for [`leaky_relu`], and an input that may not be written.
pub fn leaky_relu_(input: &mut Tensor, negative_slope: f64) -> Result<(), TorchError> {
    native::leaky_relu_(input, negative_slope)
}

/// `F.elu(input, alpha)`.
///
/// # Errors
/// What libtorch refuses, too little memory above all.
pub fn elu(input: &Tensor, alpha: f64) -> Result<Tensor, TorchError> {
    native::elu(input, alpha)
}

/// `F.elu_(input, alpha)`: [`elu`] in place.
///
/// # Errors
/// As for [`elu`], and an input that may not be written.
pub fn elu_(input: &mut Tensor, alpha: f64) -> Result<(), TorchError> {
    native::elu_(input, alpha)
}

/// `F.celu(input, alpha)`.
///
/// # Errors
/// An `alpha` of 0, and what libtorch refuses.
pub fn celu(input: &Tensor, alpha: f64) -> Result<Tensor, TorchError> {
    native::celu(input, alpha)
}

/// `F.celu_(input, alpha)`: [`celu`] in place.
///
/// # Errors
/// As for [`celu`], and an input that may not be written.
pub fn celu_(input: &mut Tensor, alpha: f64) -> Result<(), TorchError> {
    native::celu_(input, alpha)
}

/// `F.hardshrink(input, lambd)`: zero within ±lambd.
///
/// # Errors
/// What libtorch refuses, too little memory above all.
pub fn hardshrink(input: &Tensor, lambd: f64) -> Result<Tensor, TorchError> {
    native::hardshrink(input, lambd)
}

/// `F.softshrink(input, lambd)`: nearer to zero by `lambd`, zero within ±lambd.
///
/// # Errors
/// A negative `lambd`, and what libtorch refuses.
pub fn softshrink(input: &Tensor, lambd: f64) -> Result<Tensor, TorchError> {
    native::softshrink(input, lambd)
}

/// `F.hardtanh(input, min_val, max_val)`.
///
/// # Errors
/// What libtorch refuses, too little memory above all.
pub fn hardtanh(input: &Tensor, min_val: f64, max_val: f64) -> Result<Tensor, TorchError> {
    native::hardtanh(input, min_val, max_val)
}

/// `F.hardtanh_(input, min_val, max_val)`: [`hardtanh`] in place.
///
/// # Errors
/// As for [`hardtanh`], and an input that may not be written.
pub fn hardtanh_(input: &mut Tensor, min_val: f64, max_val: f64) -> Result<(), TorchError> {
    native::hardtanh_(input, min_val, max_val)
}

/// `F.softplus(input, beta, threshold)`.
///
/// # Errors
/// What libtorch refuses, too little memory above all.
pub fn softplus(input: &Tensor, beta: f64, threshold: f64) -> Result<Tensor, TorchError> {
    native::softplus(input, beta, threshold)
}

/// `torch.linalg.vector_norm(input, ord, dim, keepdim)`, of all values without `dim`.
///
/// # Errors
/// Dimensions that the input lacks, and whole numbers.
pub fn vector_norm(
    input: &Tensor,
    ord: f64,
    dim: Option<&[i64]>,
    keepdim: bool,
) -> Result<Tensor, TorchError> {
    native::vector_norm(input, ord, dim, keepdim)
}

/// `torch.clone(input)`: a copy in the same layout, through which gradients pass.
///
/// # Errors
/// What libtorch refuses, too little memory above all.
pub fn clone(input: &Tensor) -> Result<Tensor, TorchError> {
    native::clone(input)
}
