use tch::Tensor;

use crate::TorchError;

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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_weight_without_inputs_has_a_fan_in_of_one() {
        assert_eq!(fan_in(&[]), 1);
        assert_eq!(fan_in(&[6, 1, 5, 5]), 25);
    }
}
