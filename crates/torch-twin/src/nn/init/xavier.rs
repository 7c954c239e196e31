use tch::Tensor;

use super::{fan_in_and_fan_out, normal_, uniform_};
use crate::{Generator, TorchError};

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
    let a = 3.0_f64.sqrt() * std(tensor, gain)?;
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
    let std = std(tensor, gain)?;
    normal_(tensor, 0.0, std, generator)
}

fn std(tensor: &Tensor, gain: f64) -> Result<f64, TorchError> {
    let (fan_in, fan_out) = fan_in_and_fan_out(tensor)?;
    Ok(gain * (2.0 / fan_in.saturating_add(fan_out) as f64).sqrt())
}
