use tch::Tensor;
use torch_twin::nn::{Conv2d, Linear, init};
use torch_twin::{Generator, Result};

/// The paper's initial values: uniform in ±2.4 / fan_in, where a unit has `fan_in` inputs.
pub fn uniform(size: &[usize], fan_in: usize, generator: &mut Generator) -> Result<Tensor> {
    let bound = 2.4 / fan_in as f64;
    init::uniform(size, -bound, bound, generator)
}

/// A convolution that starts with the paper's initial values.
pub fn conv2d(
    in_channels: usize,
    out_channels: usize,
    kernel_size: usize,
    generator: &mut Generator,
) -> Result<Conv2d> {
    let size = [out_channels, in_channels, kernel_size, kernel_size];
    let fan_in = init::fan_in(&size);
    let weight = uniform(&size, fan_in, generator)?.set_requires_grad(true);
    let bias = uniform(&size[..1], fan_in, generator)?.set_requires_grad(true);
    Ok(Conv2d::from_tensors(weight, Some(bias)))
}

/// A full connection that starts with the paper's initial values.
pub fn linear(
    in_features: usize,
    out_features: usize,
    generator: &mut Generator,
) -> Result<Linear> {
    let size = [out_features, in_features];
    let weight = uniform(&size, in_features, generator)?.set_requires_grad(true);
    let bias = uniform(&size[..1], in_features, generator)?.set_requires_grad(true);
    Ok(Linear::from_tensors(weight, Some(bias)))
}
