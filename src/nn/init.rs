//! Initial values, as `torch.nn.init`.

use tch::Tensor;

use super::Generator;
use crate::TorchError;

/// The number of inputs that one output unit sees, for a weight of `size`
/// (outputs, inputs, then the kernel's sides), as `torch.nn.init._calculate_fan_in_and_fan_out`.
pub fn fan_in(size: &[i64]) -> i64 {
    size[1..].iter().product()
}

/// `torch.nn.init.kaiming_uniform_(tensor, a)` with its defaults, `mode="fan_in"` and
/// `nonlinearity="leaky_relu"`: uniform in ±√3 · gain / √fan_in, gain = √(2 / (1 + a²)).
///
/// # Errors
/// What libtorch refuses, a negative size above all.
pub fn kaiming_uniform(
    size: &[i64],
    a: f64,
    generator: &mut Generator,
) -> Result<Tensor, TorchError> {
    // The steps and their order are those of Python: each rounds.
    let gain = (2.0 / (1.0 + a.powi(2))).sqrt();
    let std = gain / (fan_in(size) as f64).sqrt();
    let bound = 3.0_f64.sqrt() * std;
    generator.uniform(size, -bound, bound)
}

/// The weight and then the bias with which `torch.nn.Conv2d` and `torch.nn.Linear` start:
/// Kaiming-uniform with a = √5, and uniform in ±1/√fan_in.
///
/// Both are leaves that require a gradient.
///
/// # Errors
/// What libtorch refuses, a negative size above all.
pub fn weight_and_bias(
    size: &[i64],
    generator: &mut Generator,
) -> Result<(Tensor, Tensor), TorchError> {
    let weight = kaiming_uniform(size, 5.0_f64.sqrt(), generator)?;
    let bound = 1.0 / (fan_in(size) as f64).sqrt();
    let bias = generator.uniform(&size[..1], -bound, bound)?;
    Ok((weight.set_requires_grad(true), bias.set_requires_grad(true)))
}
