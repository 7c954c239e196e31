//! What trainings do to gradients, as `torch.nn.utils`.

use tch::{Kind, Tensor};

use crate::{TorchError, native};

/// `torch.nn.utils.clip_grad_norm_(parameters, max_norm, norm_type)`: makes gradients shorter where they are
/// longer than `max_norm` together, and gives their length before; PyTorch's default of `norm_type` is 2. As
/// there, a parameter that is listed twice counts twice, and its gradient is shortened twice.
///
/// ```
/// use tch::{Kind, Tensor, kind::FLOAT_CPU};
/// use torch_twin::nn::utils::clip_grad_norm_;
///
/// let weight = Tensor::ones([4], FLOAT_CPU).set_requires_grad(true);
/// (&weight * 3.0).sum(Kind::Float).f_backward()?;
/// let norm = clip_grad_norm_(&[weight.shallow_clone()], 1.0, 2.0)?;
/// assert_eq!(norm.double_value(&[]), 6.0);
/// assert!(weight.grad().norm().double_value(&[]) < 1.0);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// What libtorch refuses: an infinite or negative `norm_type` where a gradient is empty, and gradients that are
/// sparse.
pub fn clip_grad_norm_(
    parameters: &[Tensor],
    max_norm: f64,
    norm_type: f64,
) -> Result<Tensor, TorchError> {
    let _no_grad = tch::no_grad_guard();
    let gradients = gradients(parameters)?;
    let total_norm = native::total_norm(&gradients, norm_type)?;
    // Python divides a number by a tensor as it multiplies by the reciprocal.
    let reciprocal = total_norm.f_add_scalar(1e-6)?.f_reciprocal()?;
    let clip_coef = native::mul(&reciprocal, max_norm)?.f_clamp_max(1.0)?;
    for mut gradient in gradients {
        let _ = gradient.f_mul_(&clip_coef)?;
    }
    Ok(total_norm)
}

/// `torch.nn.utils.clip_grad_value_(parameters, clip_value)`: no value of a gradient is farther from zero
/// than `clip_value`.
///
/// # Errors
/// Gradients that are sparse or complex.
pub fn clip_grad_value_(parameters: &[Tensor], clip_value: f64) -> Result<(), TorchError> {
    let _no_grad = tch::no_grad_guard();
    let gradients = gradients(parameters)?;
    for gradient in &gradients {
        let kind = gradient.f_kind()?;
        let is_real = [Kind::Half, Kind::BFloat16, Kind::Float, Kind::Double].contains(&kind);
        if gradient.is_sparse() || !is_real {
            return Err(TorchError::new(
                "a gradient is sparse, or has no real values",
            ));
        }
    }
    for mut gradient in gradients {
        native::clamp_(&mut gradient, -clip_value, clip_value)?;
    }
    Ok(())
}

/// The gradients that there are.
fn gradients(parameters: &[Tensor]) -> Result<Vec<Tensor>, TorchError> {
    let gradients = parameters.iter().map(Tensor::f_grad);
    let gradients = gradients.collect::<Result<Vec<_>, _>>()?;
    let defined = gradients.into_iter().filter(Tensor::defined);
    Ok(defined.collect())
}
