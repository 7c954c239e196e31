use tch::Tensor;

use crate::{Generator, TorchError, libtorch, native};

/// `torch.nn.init.trunc_normal_(tensor, mean, std, a, b, generator)`: normal, but from `a` to `b` only.
/// PyTorch's defaults are 0, 1, -2 and 2. What is outside is drawn anew since PyTorch 2.12; with 2.11, as there,
/// uniform numbers are brought to the distribution, so that the same seed gives others.
///
/// # Errors
/// What libtorch refuses, a negative `std` above all.
pub fn trunc_normal_(
    tensor: &mut Tensor,
    mean: f64,
    std: f64,
    [a, b]: [f64; 2],
    generator: &mut Generator,
) -> Result<(), TorchError> {
    /// Below this, too much of what is drawn would be rejected.
    const LIKELY: f64 = 0.3;
    let _no_grad = tch::no_grad_guard();
    let shares = [a, b].map(|bound| norm_cdf((bound - mean) / std));
    if libtorch::TORCH_VERSION.starts_with("2.11.") {
        invert_uniform(tensor, mean, std, [a, b], shares, generator)
    } else if shares[1] - shares[0] > LIKELY {
        reject_normal(tensor, mean, std, [a, b], generator)
    } else {
        reject_uniform(tensor, mean, std, [a, b], generator)
    }
}

/// Draws how much of the distribution lies below a number, and computes the number.
fn invert_uniform(
    tensor: &mut Tensor,
    mean: f64,
    std: f64,
    [a, b]: [f64; 2],
    [below_a, below_b]: [f64; 2],
    generator: &mut Generator,
) -> Result<(), TorchError> {
    generator.uniform_(tensor, 2.0 * below_a - 1.0, 2.0 * below_b - 1.0)?;
    let values = native::mul(&tensor.f_erfinv()?, std * 2.0_f64.sqrt())?
        .f_add_scalar(mean)?
        .f_clamp(a, b)?;
    tensor.f_copy_(&values)?;
    Ok(())
}

/// Draws normal numbers until all are inside.
fn reject_normal(
    tensor: &mut Tensor,
    mean: f64,
    std: f64,
    bounds: [f64; 2],
    generator: &mut Generator,
) -> Result<(), TorchError> {
    // In the tensor's precision.
    let kind = tensor.f_kind()?;
    let [low, high] = bounds.map(|bound| Tensor::from(bound).f_to_kind(kind));
    let (low, high) = (low?, high?);
    generator.normal_(tensor, mean, std)?;
    let mut result = tensor.shallow_clone();
    loop {
        let is_outside = result
            .f_lt_tensor(&low)?
            .f_logical_or(&result.f_gt_tensor(&high)?)?;
        if is_outside.f_any()?.f_int64_value(&[])? == 0 {
            break;
        }
        let mut again = result.f_empty_like()?;
        generator.normal_(&mut again, mean, std)?;
        result = again.f_where_self(&is_outside, &result)?;
    }
    tensor.f_copy_(&result)?;
    Ok(())
}

/// Draws uniform numbers, and keeps each as often as the normal distribution has it.
fn reject_uniform(
    tensor: &mut Tensor,
    mean: f64,
    std: f64,
    [a, b]: [f64; 2],
    generator: &mut Generator,
) -> Result<(), TorchError> {
    let mode = a.max(mean.min(b));
    let log_peak = -0.5 * ((mode - mean) / std).powi(2);
    // The logarithm of how likely a number is beside the likeliest one.
    let log_share = |candidates: &Tensor| -> Result<Tensor, TorchError> {
        let square = candidates
            .f_sub_scalar(mean)?
            .f_div_scalar(std)?
            .f_pow_tensor_scalar(2)?;
        Ok(native::mul(&square, -0.5)?.f_sub_scalar(log_peak)?)
    };
    let mut accept = tensor.f_empty_like()?;
    let mut is_refused = |candidates: &Tensor, generator: &mut Generator| {
        generator.uniform_(&mut accept, 0.0, 1.0)?;
        Ok::<_, TorchError>(accept.f_log()?.f_gt_tensor(&log_share(candidates)?)?)
    };
    generator.uniform_(tensor, a, b)?;
    let mut is_pending = is_refused(tensor, generator)?;
    let mut result = tensor.shallow_clone();
    let mut candidates = tensor.f_empty_like()?;
    while is_pending.f_any()?.f_int64_value(&[])? != 0 {
        generator.uniform_(&mut candidates, a, b)?;
        result = candidates.f_where_self(&is_pending, &result)?;
        let is_still = is_refused(&candidates, generator)?;
        is_pending = is_still.f_where_self(&is_pending, &is_pending)?;
    }
    tensor.f_copy_(&result)?;
    Ok(())
}

/// `(1 + math.erf(x / math.sqrt(2))) / 2`.
fn norm_cdf(x: f64) -> f64 {
    (1.0 + native::erf(x / 2.0_f64.sqrt())) / 2.0
}
