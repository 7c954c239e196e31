use tch::Tensor;

use super::{Forward, ForwardPass, Module, init};
use crate::{Generator, TorchError};

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
    /// What libtorch refuses, too little memory above all.
    pub fn new(
        in_features: usize,
        out_features: usize,
        generator: &mut Generator,
    ) -> Result<Self, TorchError> {
        let size = [out_features, in_features];
        Ok(Self {
            weight: init::default_weight(&size, generator)?,
            bias: init::default_bias(&size, generator)?,
        })
    }
}

impl Forward for Linear {
    /// … × in_features to … × out_features.
    fn forward(&self, input: &Tensor, _pass: &mut ForwardPass<'_>) -> Result<Tensor, TorchError> {
        Ok(input.f_linear(&self.weight, Some(&self.bias))?)
    }
}

impl Module for Linear {
    fn parameters(&self) -> Vec<(&str, &Tensor)> {
        vec![("weight", &self.weight), ("bias", &self.bias)]
    }
}
