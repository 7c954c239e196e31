use tch::Tensor;

use super::weight_and_bias::named;
use super::{Forward, ForwardPass, Module, init};
use crate::{Generator, TorchError};

/// `torch.nn.Linear(in_features, out_features, bias=True)`.
pub struct Linear {
    /// out_features × in_features.
    pub weight: Tensor,
    /// out_features, unless `bias=False`.
    pub bias: Option<Tensor>,
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
            bias: Some(init::default_bias(&size, generator)?),
        })
    }

    /// `torch.nn.Linear(in_features, out_features, bias=False)`.
    ///
    /// # Errors
    /// What libtorch refuses, too little memory above all.
    pub fn without_bias(
        in_features: usize,
        out_features: usize,
        generator: &mut Generator,
    ) -> Result<Self, TorchError> {
        let weight = init::default_weight(&[out_features, in_features], generator)?;
        Ok(Self::from_tensors(weight, None))
    }

    /// A layer of given tensors, which may be another module's: tied weights.
    pub fn from_tensors(weight: Tensor, bias: Option<Tensor>) -> Self {
        Self { weight, bias }
    }
}

impl Forward for Linear {
    /// … × in_features to … × out_features.
    fn forward(&self, input: &Tensor, _pass: &mut ForwardPass<'_>) -> Result<Tensor, TorchError> {
        Ok(input.f_linear(&self.weight, self.bias.as_ref())?)
    }
}

impl Module for Linear {
    fn own_parameters(&self) -> Vec<(&str, &Tensor)> {
        named(Some(&self.weight), self.bias.as_ref())
    }
}
