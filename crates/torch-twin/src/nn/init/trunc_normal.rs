use tch::{Device, Kind, Tensor};

use crate::{Generator, TorchError};

/// `torch.nn.init.trunc_normal_(tensor, mean, std, a, b, generator)`: normal, but drawn anew outside of
/// `a` to `b`. PyTorch's defaults are 0, 1, -2 and 2.
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
    let share = norm_cdf((b - mean) / std)? - norm_cdf((a - mean) / std)?;
    match share > LIKELY {
        true => reject_normal(tensor, mean, std, [a, b], generator),
        false => reject_uniform(tensor, mean, std, [a, b], generator),
    }
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
    let [low, high] = bounds.map(|bound| Tensor::from(bound).f_to_kind(tensor.kind()));
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
        Ok(candidates
            .f_sub_scalar(mean)?
            .f_div_scalar(std)?
            .f_pow_tensor_scalar(2)?
            .f_mul_scalar(-0.5)?
            .f_sub_scalar(log_peak)?)
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
fn norm_cdf(x: f64) -> Result<f64, TorchError> {
    let x = Tensor::f_full([], x / 2.0_f64.sqrt(), (Kind::Double, Device::Cpu))?;
    Ok((1.0 + x.f_erf()?.f_double_value(&[])?) / 2.0)
}
