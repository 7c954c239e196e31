use tch::Tensor;

use super::{Generator, Module, init};
use crate::TorchError;

/// `torch.nn.Linear(in_features, out_features)`.
pub struct Linear {
    /// out_features × in_features.
    pub weight: Tensor,
    /// out_features.
    pub bias: Tensor,
}

impl Linear {
    /// A layer with PyTorch's initial values.
    ///
    /// # Errors
    /// What libtorch refuses, a negative size above all.
    pub fn new(
        in_features: i64,
        out_features: i64,
        generator: &mut Generator,
    ) -> Result<Self, TorchError> {
        let (weight, bias) = init::weight_and_bias(&[out_features, in_features], generator)?;
        Ok(Self { weight, bias })
    }
}

impl Module for Linear {
    /// N × in_features to N × out_features.
    fn forward(&self, input: &Tensor) -> Result<Tensor, TorchError> {
        Ok(input.f_linear(&self.weight, Some(&self.bias))?)
    }

    fn parameters(&self) -> Vec<(&'static str, &Tensor)> {
        vec![("weight", &self.weight), ("bias", &self.bias)]
    }

    fn describe(&self) -> String {
        "fully connected".to_owned()
    }

    fn multiply_adds(&self, output: &[i64]) -> i64 {
        init::fan_in(&self.weight.size()) * output.iter().product::<i64>()
    }
}
