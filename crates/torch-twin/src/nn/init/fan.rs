use super::{normal_, uniform_};
use crate::{Generator, TorchError};
use tch::Tensor;

/// Which connections of a layer keep the size of what goes through it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FanMode {
    /// `fan_in`: those into a unit, in the forward pass.
    FanIn,
    /// `fan_out`: those out of one, in the backward pass.
    FanOut,
}

/// The number of inputs that one output unit sees, for a weight of `size` (outputs, inputs, then the
/// kernel's sides), as `torch.nn.init._calculate_fan_in_and_fan_out`; 1 where there are no inputs.
pub fn fan_in(size: &[usize]) -> usize {
    let inputs = size.iter().skip(1);
    inputs.fold(1, |product, &side| product.saturating_mul(side))
}

/// `torch.nn.init._calculate_fan_in_and_fan_out(tensor)`.
///
/// # Errors
/// A tensor of fewer than two dimensions.
pub fn fan_in_and_fan_out(tensor: &Tensor) -> Result<(i64, i64), TorchError> {
    let size = tensor.size();
    let [outputs, inputs, kernel @ ..] = &size[..] else {
        let words = "fan in and fan out want a tensor of at least two dimensions";
        return Err(TorchError::new(words));
    };
    let times = |side: &i64| {
        kernel
            .iter()
            .fold(*side, |product, &k| product.saturating_mul(k))
    };
    Ok((times(inputs), times(outputs)))
}

impl FanMode {
    /// `torch.nn.init._calculate_correct_fan(tensor, mode)`.
    pub(super) fn of(self, tensor: &Tensor) -> Result<f64, TorchError> {
        let (fan_in, fan_out) = fan_in_and_fan_out(tensor)?;
        Ok(match self {
            Self::FanIn => fan_in as f64,
            Self::FanOut => fan_out as f64,
        })
    }
}

/// `torch.nn.init.kaiming_uniform_(tensor, a, mode, nonlinearity, generator)`: uniform in ±√3 · gain /
/// √fan. PyTorch's defaults are `fan_in` and `leaky_relu` with a slope of 0.
///
/// # Errors
/// A tensor of fewer than two dimensions.
pub fn kaiming_uniform_(
    tensor: &mut Tensor,
    mode: FanMode,
    nonlinearity: Nonlinearity,
    generator: &mut Generator,
) -> Result<(), TorchError> {
    if tensor.numel() == 0 {
        return Ok(());
    }
    let bound = 3.0_f64.sqrt() * kaiming_std(tensor, mode, nonlinearity)?;
    uniform_(tensor, -bound, bound, generator)
}

/// `torch.nn.init.kaiming_normal_(tensor, a, mode, nonlinearity, generator)`.
///
/// # Errors
/// A tensor of fewer than two dimensions.
pub fn kaiming_normal_(
    tensor: &mut Tensor,
    mode: FanMode,
    nonlinearity: Nonlinearity,
    generator: &mut Generator,
) -> Result<(), TorchError> {
    if tensor.numel() == 0 {
        return Ok(());
    }
    let std = kaiming_std(tensor, mode, nonlinearity)?;
    normal_(tensor, 0.0, std, generator)
}

fn kaiming_std(
    tensor: &Tensor,
    mode: FanMode,
    nonlinearity: Nonlinearity,
) -> Result<f64, TorchError> {
    Ok(calculate_gain(nonlinearity) / mode.of(tensor)?.sqrt())
}

/// `torch.nn.init.xavier_uniform_(tensor, gain, generator)`: uniform in ±√3 · gain ·
/// √(2 / (fan_in + fan_out)); PyTorch's default of gain is 1.
///
/// # Errors
/// A tensor of fewer than two dimensions.
pub fn xavier_uniform_(
    tensor: &mut Tensor,
    gain: f64,
    generator: &mut Generator,
) -> Result<(), TorchError> {
    let a = 3.0_f64.sqrt() * xavier_std(tensor, gain)?;
    uniform_(tensor, -a, a, generator)
}

/// `torch.nn.init.xavier_normal_(tensor, gain, generator)`; PyTorch's default of gain is 1.
///
/// # Errors
/// A tensor of fewer than two dimensions.
pub fn xavier_normal_(
    tensor: &mut Tensor,
    gain: f64,
    generator: &mut Generator,
) -> Result<(), TorchError> {
    let std = xavier_std(tensor, gain)?;
    normal_(tensor, 0.0, std, generator)
}

fn xavier_std(tensor: &Tensor, gain: f64) -> Result<f64, TorchError> {
    let (fan_in, fan_out) = fan_in_and_fan_out(tensor)?;
    Ok(gain * (2.0 / fan_in.saturating_add(fan_out) as f64).sqrt())
}

/// The function that follows a layer.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Nonlinearity {
    /// None, `linear`.
    Linear,
    /// `sigmoid`.
    Sigmoid,
    /// `tanh`.
    Tanh,
    /// `relu`.
    Relu,
    /// `leaky_relu`, with its slope below zero.
    LeakyRelu(f64),
    /// `selu`.
    Selu,
}

/// `torch.nn.init.calculate_gain(nonlinearity, param)`.
///
/// ```
/// use torch_twin::nn::init::{Nonlinearity, calculate_gain};
///
/// assert_eq!(calculate_gain(Nonlinearity::Tanh), 5.0 / 3.0);
/// ```
pub fn calculate_gain(nonlinearity: Nonlinearity) -> f64 {
    match nonlinearity {
        Nonlinearity::Linear | Nonlinearity::Sigmoid => 1.0,
        Nonlinearity::Tanh => 5.0 / 3.0,
        Nonlinearity::Relu => 2.0_f64.sqrt(),
        Nonlinearity::LeakyRelu(slope) => (2.0 / (1.0 + slope.powi(2))).sqrt(),
        Nonlinearity::Selu => 3.0 / 4.0,
    }
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
