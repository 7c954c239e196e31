//! Sums and products with the arguments that tch leaves out, and `torch.nn.utils.get_total_norm`.

use tch::Tensor;

use super::bindings::{
    twin_add, twin_add_, twin_addcdiv, twin_addcdiv_, twin_addcmul, twin_addcmul_, twin_addmm,
    twin_clamp_, twin_clone, twin_fill_, twin_lerp_, twin_mul, twin_mul_, twin_sub, twin_sub_,
    twin_total_norm, twin_vector_norm,
};
use super::outcome::{outcome, output_of};
use crate::TorchError;

/// `torch.add(input, other, alpha=alpha)`: input + alpha · other.
///
/// # Errors
/// Shapes that do not fit, and an `alpha` with a fraction among whole numbers.
pub fn add(input: &Tensor, other: &Tensor, alpha: f64) -> Result<Tensor, TorchError> {
    // SAFETY: The tensors live during the call, and the function writes one new input.
    unsafe { output_of(|sum| twin_add(input.as_ptr(), other.as_ptr(), alpha, sum)) }
}

/// `input.add_(other, alpha=alpha)`: [`add`] in place.
///
/// # Errors
/// As for [`add`], and an input that may not be written.
pub fn add_(input: &mut Tensor, other: &Tensor, alpha: f64) -> Result<(), TorchError> {
    // SAFETY: The tensors live during the call, which keeps neither.
    unsafe { outcome(twin_add_(input.as_mut_ptr(), other.as_ptr(), alpha)) }
}

/// `torch.sub(input, other, alpha=alpha)`: input - alpha · other.
///
/// # Errors
/// As for [`add`].
pub fn sub(input: &Tensor, other: &Tensor, alpha: f64) -> Result<Tensor, TorchError> {
    // SAFETY: As in `add`.
    unsafe { output_of(|difference| twin_sub(input.as_ptr(), other.as_ptr(), alpha, difference)) }
}

/// `input.sub_(other, alpha=alpha)`: [`sub`] in place.
///
/// # Errors
/// As for [`add_`].
pub fn sub_(input: &mut Tensor, other: &Tensor, alpha: f64) -> Result<(), TorchError> {
    // SAFETY: As in `add_`.
    unsafe { outcome(twin_sub_(input.as_mut_ptr(), other.as_ptr(), alpha)) }
}

/// `tensor * factor`. tch's `mul_scalar` rounds the factor first, where the tensor's type has 16 bits.
pub fn mul(tensor: &Tensor, factor: f64) -> Result<Tensor, TorchError> {
    // SAFETY: As in `add`.
    unsafe { output_of(|product| twin_mul(tensor.as_ptr(), factor, product)) }
}

/// `tensor.mul_(factor)`, in the manner of [`mul`].
pub fn mul_(tensor: &mut Tensor, factor: f64) -> Result<(), TorchError> {
    // SAFETY: As in `add_`.
    unsafe { outcome(twin_mul_(tensor.as_mut_ptr(), factor)) }
}

/// `tensor.fill_(value)`. Where a function of tch that takes a plain number fails, tch panics.
pub fn fill_(tensor: &mut Tensor, value: f64) -> Result<(), TorchError> {
    // SAFETY: As in `add_`.
    unsafe { outcome(twin_fill_(tensor.as_mut_ptr(), value)) }
}

/// `tensor.clamp_min_(min).clamp_max_(max)`, for the reason of [`fill_`].
pub fn clamp_(tensor: &mut Tensor, min: f64, max: f64) -> Result<(), TorchError> {
    // SAFETY: As in `add_`.
    unsafe { outcome(twin_clamp_(tensor.as_mut_ptr(), min, max)) }
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
    let [input, tensor1, tensor2] = [input, tensor1, tensor2].map(Tensor::as_ptr);
    // SAFETY: As in `add`.
    unsafe { output_of(|sum| twin_addcmul(input, tensor1, tensor2, value, sum)) }
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
    let (tensor1, tensor2) = (tensor1.as_ptr(), tensor2.as_ptr());
    // SAFETY: As in `add_`.
    unsafe { outcome(twin_addcmul_(input.as_mut_ptr(), tensor1, tensor2, value)) }
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
    let [input, tensor1, tensor2] = [input, tensor1, tensor2].map(Tensor::as_ptr);
    // SAFETY: As in `add`.
    unsafe { output_of(|sum| twin_addcdiv(input, tensor1, tensor2, value, sum)) }
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
    let (tensor1, tensor2) = (tensor1.as_ptr(), tensor2.as_ptr());
    // SAFETY: As in `add_`.
    unsafe { outcome(twin_addcdiv_(input.as_mut_ptr(), tensor1, tensor2, value)) }
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
    let [input, mat1, mat2] = [input, mat1, mat2].map(Tensor::as_ptr);
    // SAFETY: As in `add`.
    unsafe { output_of(|sum| twin_addmm(input, mat1, mat2, beta, alpha, sum)) }
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
    let of = dim.map_or(std::ptr::null(), <[i64]>::as_ptr);
    let count = dim.map_or(0, <[i64]>::len);
    // SAFETY: As many dim as `count` says, which live during the call as the input does.
    unsafe { output_of(|norm| twin_vector_norm(input.as_ptr(), ord, of, count, keepdim, norm)) }
}

/// `torch.clone(input)`: a copy in the same layout, through which gradients pass.
///
/// # Errors
/// What libtorch refuses, too little memory above all.
pub fn clone(input: &Tensor) -> Result<Tensor, TorchError> {
    // SAFETY: As in `add`.
    unsafe { output_of(|copy| twin_clone(input.as_ptr(), copy)) }
}

/// `tensor.lerp_(end, weight)`, for the reason of [`fill_`].
pub fn lerp_(tensor: &mut Tensor, end: &Tensor, weight: f64) -> Result<(), TorchError> {
    // SAFETY: As in `add_`.
    unsafe { outcome(twin_lerp_(tensor.as_mut_ptr(), end.as_ptr(), weight)) }
}

/// `torch.nn.utils.get_total_norm(tensors, norm_type)`: the norm of the tensors' norms, which are taken type by
/// type.
pub fn total_norm(tensors: &[Tensor], norm_type: f64) -> Result<Tensor, TorchError> {
    if tensors.is_empty() {
        return Ok(Tensor::f_zeros([], tch::kind::FLOAT_CPU)?);
    }
    let pointers: Vec<_> = tensors.iter().map(Tensor::as_ptr).collect();
    // SAFETY: As many pointers as there are tensors, which live during the call.
    unsafe { output_of(|norm| twin_total_norm(pointers.as_ptr(), pointers.len(), norm_type, norm)) }
}
