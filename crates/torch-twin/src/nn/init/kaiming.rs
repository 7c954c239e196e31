use tch::Tensor;

use super::{FanMode, Nonlinearity, calculate_gain, normal_, uniform_};
use crate::{Generator, TorchError};

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
    let bound = 3.0_f64.sqrt() * std(tensor, mode, nonlinearity)?;
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
    let std = std(tensor, mode, nonlinearity)?;
    normal_(tensor, 0.0, std, generator)
}

fn std(tensor: &Tensor, mode: FanMode, nonlinearity: Nonlinearity) -> Result<f64, TorchError> {
    Ok(calculate_gain(nonlinearity) / mode.of(tensor)?.sqrt())
}
