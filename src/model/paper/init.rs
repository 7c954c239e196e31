use tch::Tensor;

use crate::TorchError;
use crate::nn::{Conv2d, Generator, Linear, init};

/// The paper's initial values: uniform in ±2.4 / fan_in, where a unit has `fan_in` inputs.
pub(super) fn uniform(
    size: &[i64],
    fan_in: i64,
    generator: &mut Generator,
) -> Result<Tensor, TorchError> {
    let bound = 2.4 / fan_in as f64;
    generator.uniform(size, -bound, bound)
}

/// A convolution that starts with the paper's initial values.
pub(super) fn conv2d(
    in_channels: i64,
    out_channels: i64,
    kernel_size: i64,
    generator: &mut Generator,
) -> Result<Conv2d, TorchError> {
    let size = [out_channels, in_channels, kernel_size, kernel_size];
    let fan_in = init::fan_in(&size);
    Ok(Conv2d {
        weight: uniform(&size, fan_in, generator)?.set_requires_grad(true),
        bias: uniform(&size[..1], fan_in, generator)?.set_requires_grad(true),
    })
}

/// A full connection that starts with the paper's initial values.
pub(super) fn linear(
    in_features: i64,
    out_features: i64,
    generator: &mut Generator,
) -> Result<Linear, TorchError> {
    let size = [out_features, in_features];
    Ok(Linear {
        weight: uniform(&size, in_features, generator)?.set_requires_grad(true),
        bias: uniform(&size[..1], in_features, generator)?.set_requires_grad(true),
    })
}
