use tch::Tensor;

use super::deep_copy::deep_copy_by_clone;
use super::{Forward, ForwardPass, Module};
use crate::TorchError;

/// `torch.nn.Dropout(p)`: in training each value is 0 with the probability `p`, and the rest are made
/// larger by as much. It draws from the generator of the pass.
#[derive(Clone, Debug)]
pub struct Dropout {
    p: f64,
}

/// `torch.nn.Dropout2d(p)`: the same for whole channels.
#[derive(Clone, Debug)]
pub struct Dropout2d {
    p: f64,
}

impl Dropout {
    /// A layer that drops with the probability `p`; PyTorch's default is 0.5.
    ///
    /// # Errors
    /// A `p` that is not from 0 to 1.
    pub fn new(p: f64) -> Result<Self, TorchError> {
        let p = probability(p)?;
        Ok(Self { p })
    }
}

impl Dropout2d {
    /// A layer that drops with the probability `p`; PyTorch's default is 0.5.
    ///
    /// # Errors
    /// A `p` that is not from 0 to 1.
    pub fn new(p: f64) -> Result<Self, TorchError> {
        let p = probability(p)?;
        Ok(Self { p })
    }
}

impl Forward for Dropout {
    /// Any shape to the same.
    fn forward(&self, input: &Tensor, pass: &mut ForwardPass<'_>) -> Result<Tensor, TorchError> {
        match pass.training() {
            true => pass.generator()?.dropout(input, self.p),
            false => Ok(input.shallow_clone()),
        }
    }
}

impl Forward for Dropout2d {
    /// N × C × H × W to the same.
    fn forward(&self, input: &Tensor, pass: &mut ForwardPass<'_>) -> Result<Tensor, TorchError> {
        match pass.training() {
            true => {
                let generator = pass.generator()?;
                generator.as_default(|| Ok(input.f_feature_dropout(self.p, true)?))
            }
            false => Ok(input.shallow_clone()),
        }
    }
}

/// `p`, if it is a probability.
fn probability(p: f64) -> Result<f64, TorchError> {
    // Python's comparisons let NaN pass, libtorch does not when it draws.
    match (0.0..=1.0).contains(&p) {
        true => Ok(p),
        false => Err(TorchError::new(&format!(
            "dropout probability has to be between 0 and 1, but got {p}"
        ))),
    }
}

impl Module for Dropout {
    deep_copy_by_clone!();
}

impl Module for Dropout2d {
    deep_copy_by_clone!();
}
