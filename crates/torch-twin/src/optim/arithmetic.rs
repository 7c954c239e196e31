//! Steps of Python's optimisers that tch has under no name.

use tch::Tensor;

use crate::TorchError;

/// `tensor.add(other, alpha=alpha)`.
///
/// tch's additions take no `alpha`. libtorch computes `tensor + alpha · other` with a fused
/// multiply-add where its CPU kernels have one, and rounds twice where they have none;
/// `addcmul` does so in the same places.
pub fn add_scaled(tensor: &Tensor, other: &Tensor, alpha: f64) -> Result<Tensor, TorchError> {
    let alpha = Tensor::f_full([], alpha, (other.kind(), other.device()))?;
    Ok(tensor.f_addcmul(other, &alpha)?)
}

/// `tensor.add_(other, alpha=alpha)`, in the manner of [`add_scaled`].
pub fn add_scaled_(tensor: &mut Tensor, other: &Tensor, alpha: f64) -> Result<(), TorchError> {
    let alpha = Tensor::f_full([], alpha, (other.kind(), other.device()))?;
    let _ = tensor.f_addcmul_(other, &alpha)?;
    Ok(())
}

/// `tensor.addcmul_(a, b, value=value)`.
///
/// tch has no such argument; libtorch multiplies the first factor by it, as done here.
pub fn add_scaled_product_(
    tensor: &mut Tensor,
    a: &Tensor,
    b: &Tensor,
    value: f64,
) -> Result<(), TorchError> {
    let _ = tensor.f_addcmul_(&a.f_mul_scalar(value)?, b)?;
    Ok(())
}

/// The direction of a step that goes up where `maximize` is true: `-grad`.
pub fn ascended(gradient: &Tensor, maximize: bool) -> Result<Tensor, TorchError> {
    match maximize {
        true => Ok(gradient.f_neg()?),
        false => Ok(gradient.shallow_clone()),
    }
}

/// The gradient with L2 regularisation, `grad.add(param, alpha=weight_decay)` where there is any.
pub fn decayed(
    gradient: &Tensor,
    parameter: &Tensor,
    weight_decay: f64,
) -> Result<Tensor, TorchError> {
    if weight_decay == 0.0 {
        return Ok(gradient.shallow_clone());
    }
    add_scaled(gradient, parameter, weight_decay)
}

/// Python's `base ** exponent` on floats, which is C's `pow`.
pub fn pow(base: f64, exponent: f64) -> f64 {
    // Were the exponent known, the compiler would turn a power of 0.5 into a square root, which
    // rounds differently for some values.
    base.powf(std::hint::black_box(exponent))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_power_rounds_as_in_python() {
        // (1 - 0.999 ** 1270) ** 0.5, where math.sqrt gives 0.8481431297801915.
        assert_eq!(pow(1.0 - pow(0.999, 1270.0), 0.5), 0.8481431297801916);
    }
}
