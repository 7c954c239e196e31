use tch::Tensor;

use super::{Forward, ForwardPass, Module};
use crate::TorchError;

/// `torch.nn.Dropout(p=0.5)`: in training each value is 0 with the probability `p`, and the rest are made
/// larger by as much. It draws from the generator of the pass.
pub struct Dropout {
    p: f64,
}

/// `torch.nn.Dropout2d(p=0.5)`: the same for whole channels.
pub struct Dropout2d {
    p: f64,
}

impl Dropout {
    /// A layer that drops with the probability `p`.
    pub fn new(p: f64) -> Self {
        Self { p }
    }
}

impl Dropout2d {
    /// A layer that drops with the probability `p`.
    pub fn new(p: f64) -> Self {
        Self { p }
    }
}

impl Forward for Dropout {
    /// Any shape to the same.
    fn forward(&self, input: &Tensor, pass: &mut ForwardPass<'_>) -> Result<Tensor, TorchError> {
        check(self.p)?;
        match pass.training() {
            true => pass.generator()?.dropout(input, self.p),
            false => Ok(input.shallow_clone()),
        }
    }
}

impl Forward for Dropout2d {
    /// N × C × H × W to the same.
    fn forward(&self, input: &Tensor, pass: &mut ForwardPass<'_>) -> Result<Tensor, TorchError> {
        check(self.p)?;
        match pass.training() {
            true => {
                let generator = pass.generator()?;
                generator.as_default(|| Ok(input.f_feature_dropout(self.p, true)?))
            }
            false => Ok(input.shallow_clone()),
        }
    }
}

/// Python refuses other numbers when the layer is made, libtorch not before it draws.
fn check(p: f64) -> Result<(), TorchError> {
    match (0.0..=1.0).contains(&p) {
        true => Ok(()),
        false => Err(TorchError::new(&format!(
            "dropout probability has to be between 0 and 1, but got {p}"
        ))),
    }
}

impl Module for Dropout {}

impl Module for Dropout2d {}
