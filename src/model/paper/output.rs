use tch::Tensor;
use torch_twin::nn::{Forward, ForwardPass, Linear, Module, functional};
use torch_twin::{Generator, Result};

use super::rbf::map_criterion;
use super::{EuclideanRbf, init};

/// The last layer.
pub enum Output {
    /// 850 parameters, as the tutorial has it.
    Linear(Linear),
    /// No parameters, as the paper has it.
    Rbf(EuclideanRbf),
}

impl Output {
    /// A full connection with the paper's initial values.
    ///
    /// # Errors
    /// What libtorch refuses, too little memory above all.
    pub fn linear(num_classes: usize, generator: &mut Generator) -> Result<Self> {
        Ok(Self::Linear(init::linear(84, num_classes, generator)?))
    }

    /// A unit for each of `num_classes` digits.
    ///
    /// # Errors
    /// Another number than ten: there are no other bitmaps.
    pub fn rbf(num_classes: usize) -> Result<Self> {
        Ok(Self::Rbf(EuclideanRbf::new(num_classes)?))
    }

    /// The loss that a network with this output is trained with.
    ///
    /// # Errors
    /// What libtorch refuses, a label that is no class above all.
    pub fn loss(&self, logits: &Tensor, labels: &Tensor) -> Result<Tensor> {
        match self {
            Self::Linear(_) => functional::cross_entropy(logits, labels),
            Self::Rbf(_) => map_criterion(logits, labels),
        }
    }
}

impl Forward for Output {
    /// N×84 to N×num_classes.
    fn forward(&self, input: &Tensor, pass: &mut ForwardPass<'_>) -> Result<Tensor> {
        match self {
            Self::Linear(linear) => linear.forward(input, pass),
            Self::Rbf(rbf) => rbf.forward(input, pass),
        }
    }
}

impl Module for Output {
    fn own_parameters(&self) -> Vec<(&str, &Tensor)> {
        match self {
            Self::Linear(linear) => linear.own_parameters(),
            Self::Rbf(rbf) => rbf.own_parameters(),
        }
    }

    fn own_buffers(&self) -> Vec<(&str, &Tensor)> {
        match self {
            Self::Linear(linear) => linear.own_buffers(),
            Self::Rbf(rbf) => rbf.own_buffers(),
        }
    }
}
