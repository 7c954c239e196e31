//! Sums and products with the arguments that tch leaves out, and `torch.nn.utils.get_total_norm`.

use tch::Tensor;

use super::bindings::{
    twin_add, twin_add_, twin_addcdiv, twin_addcdiv_, twin_addcmul, twin_addcmul_, twin_addmm,
    twin_clamp_, twin_clone, twin_fill_, twin_lerp_, twin_mul, twin_mul_, twin_sub, twin_sub_,
    twin_total_norm, twin_vector_norm,
};
use super::outcome::{outcome, output_of};
use crate::TorchError;

/// `tensor.add(other, alpha=alpha)`.
pub fn add(tensor: &Tensor, other: &Tensor, alpha: f64) -> Result<Tensor, TorchError> {
    // SAFETY: The tensors live during the call, and the function writes one new tensor.
    unsafe { output_of(|sum| twin_add(tensor.as_ptr(), other.as_ptr(), alpha, sum)) }
}

/// `tensor.add_(other, alpha=alpha)`.
pub fn add_(tensor: &mut Tensor, other: &Tensor, alpha: f64) -> Result<(), TorchError> {
    // SAFETY: The tensors live during the call, which keeps neither.
    unsafe { outcome(twin_add_(tensor.as_mut_ptr(), other.as_ptr(), alpha)) }
}

/// `tensor.sub(other, alpha=alpha)`.
pub fn sub(tensor: &Tensor, other: &Tensor, alpha: f64) -> Result<Tensor, TorchError> {
    // SAFETY: As in `add`.
    unsafe { output_of(|difference| twin_sub(tensor.as_ptr(), other.as_ptr(), alpha, difference)) }
}

/// `tensor.sub_(other, alpha=alpha)`.
pub fn sub_(tensor: &mut Tensor, other: &Tensor, alpha: f64) -> Result<(), TorchError> {
    // SAFETY: As in `add_`.
    unsafe { outcome(twin_sub_(tensor.as_mut_ptr(), other.as_ptr(), alpha)) }
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

/// `tensor.addcmul(a, b, value=value)`.
pub fn addcmul(tensor: &Tensor, a: &Tensor, b: &Tensor, value: f64) -> Result<Tensor, TorchError> {
    let [tensor, a, b] = [tensor, a, b].map(Tensor::as_ptr);
    // SAFETY: As in `add`.
    unsafe { output_of(|sum| twin_addcmul(tensor, a, b, value, sum)) }
}

/// `tensor.addcmul_(a, b, value=value)`.
pub fn addcmul_(tensor: &mut Tensor, a: &Tensor, b: &Tensor, value: f64) -> Result<(), TorchError> {
    let (a, b) = (a.as_ptr(), b.as_ptr());
    // SAFETY: As in `add_`.
    unsafe { outcome(twin_addcmul_(tensor.as_mut_ptr(), a, b, value)) }
}

/// `tensor.addcdiv(a, b, value=value)`.
pub fn addcdiv(tensor: &Tensor, a: &Tensor, b: &Tensor, value: f64) -> Result<Tensor, TorchError> {
    let [tensor, a, b] = [tensor, a, b].map(Tensor::as_ptr);
    // SAFETY: As in `add`.
    unsafe { output_of(|sum| twin_addcdiv(tensor, a, b, value, sum)) }
}

/// `tensor.addcdiv_(a, b, value=value)`.
pub fn addcdiv_(tensor: &mut Tensor, a: &Tensor, b: &Tensor, value: f64) -> Result<(), TorchError> {
    let (a, b) = (a.as_ptr(), b.as_ptr());
    // SAFETY: As in `add_`.
    unsafe { outcome(twin_addcdiv_(tensor.as_mut_ptr(), a, b, value)) }
}

/// `tensor.addmm(a, b, beta=beta, alpha=alpha)`.
pub fn addmm(
    tensor: &Tensor,
    a: &Tensor,
    b: &Tensor,
    beta: f64,
    alpha: f64,
) -> Result<Tensor, TorchError> {
    let [tensor, a, b] = [tensor, a, b].map(Tensor::as_ptr);
    // SAFETY: As in `add`.
    unsafe { output_of(|sum| twin_addmm(tensor, a, b, beta, alpha, sum)) }
}

/// `torch.linalg.vector_norm(tensor, order, dimensions, keepdim)`.
pub fn vector_norm(
    tensor: &Tensor,
    order: f64,
    dimensions: Option<&[i64]>,
    keepdim: bool,
) -> Result<Tensor, TorchError> {
    let of = dimensions.map_or(std::ptr::null(), <[i64]>::as_ptr);
    let count = dimensions.map_or(0, <[i64]>::len);
    // SAFETY: As many dimensions as `count` says, which live during the call as the tensor does.
    unsafe { output_of(|norm| twin_vector_norm(tensor.as_ptr(), order, of, count, keepdim, norm)) }
}

/// `tensor.clone()`.
pub fn clone(tensor: &Tensor) -> Result<Tensor, TorchError> {
    // SAFETY: As in `add`.
    unsafe { output_of(|copy| twin_clone(tensor.as_ptr(), copy)) }
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
