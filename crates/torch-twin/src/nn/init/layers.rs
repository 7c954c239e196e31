use tch::{Device, Kind, Tensor};

use super::{FanMode, Nonlinearity, fan_in, kaiming_uniform_, uniform_};
use crate::{Generator, TorchError};

/// `torch.nn.init.uniform_(torch.empty(size), a, b)`.
///
/// # Errors
/// What libtorch refuses, a size that is too large above all.
pub fn uniform(
    size: &[usize],
    a: f64,
    b: f64,
    generator: &mut Generator,
) -> Result<Tensor, TorchError> {
    let mut tensor = empty(size)?;
    uniform_(&mut tensor, a, b, generator)?;
    Ok(tensor)
}

/// `torch.empty(size)`.
fn empty(size: &[usize]) -> Result<Tensor, TorchError> {
    let size: Vec<i64> = size.iter().map(|&side| side as i64).collect();
    Ok(Tensor::f_empty(size, (Kind::Float, Device::Cpu))?)
}

/// `torch.nn.init.kaiming_uniform_(torch.empty(size), a)` with its defaults, `mode="fan_in"` and
/// `nonlinearity="leaky_relu"`: uniform in ±√3 · gain / √fan_in, gain = √(2 / (1 + a²)).
///
/// # Errors
/// What libtorch refuses, a size that is too large above all.
pub fn kaiming_uniform(
    size: &[usize],
    a: f64,
    generator: &mut Generator,
) -> Result<Tensor, TorchError> {
    let mut tensor = empty(size)?;
    let nonlinearity = Nonlinearity::LeakyRelu(a);
    kaiming_uniform_(&mut tensor, FanMode::FanIn, nonlinearity, generator)?;
    Ok(tensor)
}

/// The weight with which `nn.Conv2d` and `nn.Linear` start: Kaiming-uniform with a = √5.
pub(in crate::nn) fn default_weight(
    size: &[usize],
    generator: &mut Generator,
) -> Result<Tensor, TorchError> {
    let weight = kaiming_uniform(size, 5.0_f64.sqrt(), generator)?;
    Ok(weight.set_requires_grad(true))
}

/// The bias with which they start, for a weight of `size`: uniform in ±1/√fan_in, one for each output.
pub(in crate::nn) fn default_bias(
    size: &[usize],
    generator: &mut Generator,
) -> Result<Tensor, TorchError> {
    default_bias_of(size[0], size, generator)
}

/// The same of so many values, where the weight's first side is another.
pub(in crate::nn) fn default_bias_of(
    count: usize,
    size: &[usize],
    generator: &mut Generator,
) -> Result<Tensor, TorchError> {
    // Python's bound is a whole number where there are no inputs: its negative is not -0.
    let (low, high) = match fan_in(size) {
        0 => (0.0, 0.0),
        fan_in => (-1.0 / (fan_in as f64).sqrt(), 1.0 / (fan_in as f64).sqrt()),
    };
    let bias = uniform(&[count], low, high, generator)?;
    Ok(bias.set_requires_grad(true))
}
