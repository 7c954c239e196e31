//! Initial values, as `torch.nn.init`.

use tch::{Device, Kind, Tensor};

use crate::{Generator, TorchError};

/// The number of inputs that one output unit sees, for a weight of `size` (outputs, inputs, then the
/// kernel's sides), as `torch.nn.init._calculate_fan_in_and_fan_out`; 1 where there are no inputs.
pub fn fan_in(size: &[usize]) -> usize {
    size.iter().skip(1).product()
}

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
    let size: Vec<i64> = size.iter().map(|&side| side as i64).collect();
    let mut tensor = Tensor::f_empty(size, (Kind::Float, Device::Cpu))?;
    generator.uniform_(&mut tensor, a, b)?;
    Ok(tensor)
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
    // The steps and their order are those of Python: each rounds.
    let gain = (2.0 / (1.0 + a.powi(2))).sqrt();
    let std = gain / (fan_in(size) as f64).sqrt();
    let bound = 3.0_f64.sqrt() * std;
    uniform(size, -bound, bound, generator)
}

/// The weight with which `nn.Conv2d` and `nn.Linear` start: Kaiming-uniform with a = √5.
pub(super) fn default_weight(
    size: &[usize],
    generator: &mut Generator,
) -> Result<Tensor, TorchError> {
    let weight = kaiming_uniform(size, 5.0_f64.sqrt(), generator)?;
    Ok(weight.set_requires_grad(true))
}

/// The bias with which they start, for a weight of `size`: uniform in ±1/√fan_in.
pub(super) fn default_bias(
    size: &[usize],
    generator: &mut Generator,
) -> Result<Tensor, TorchError> {
    let bound = 1.0 / (fan_in(size) as f64).sqrt();
    let bias = uniform(&size[..1], -bound, bound, generator)?;
    Ok(bias.set_requires_grad(true))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_weight_without_inputs_has_a_fan_in_of_one() {
        assert_eq!(fan_in(&[]), 1);
        assert_eq!(fan_in(&[6, 1, 5, 5]), 25);
    }
}
