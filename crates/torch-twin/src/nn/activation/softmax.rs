use tch::Tensor;

use crate::TorchError;
use crate::nn::deep_copy::deep_copy_by_clone;
use crate::nn::{Forward, ForwardPass, Module};

/// `torch.nn.Softmax(dim)`.
#[derive(Clone, Copy, Debug)]
pub struct Softmax {
    dim: i64,
}

/// `torch.nn.LogSoftmax(dim)`.
#[derive(Clone, Copy, Debug)]
pub struct LogSoftmax {
    dim: i64,
}

impl Softmax {
    /// A layer whose values add up to 1 along the side `dim`.
    ///
    /// # Errors
    /// No argument is refused; the `Result` is that of all layers.
    pub fn new(dim: i64) -> Result<Self, TorchError> {
        Ok(Self { dim })
    }
}

impl LogSoftmax {
    /// A layer whose exponentials add up to 1 along the side `dim`.
    ///
    /// # Errors
    /// No argument is refused; the `Result` is that of all layers.
    pub fn new(dim: i64) -> Result<Self, TorchError> {
        Ok(Self { dim })
    }
}

impl Forward for Softmax {
    /// Any shape to the same.
    fn forward(&self, input: &Tensor, _pass: &mut ForwardPass<'_>) -> Result<Tensor, TorchError> {
        Ok(input.f_softmax(self.dim, None)?)
    }
}

impl Forward for LogSoftmax {
    /// Any shape to the same.
    fn forward(&self, input: &Tensor, _pass: &mut ForwardPass<'_>) -> Result<Tensor, TorchError> {
        Ok(input.f_log_softmax(self.dim, None)?)
    }
}

impl Module for Softmax {
    deep_copy_by_clone!();
}
impl Module for LogSoftmax {
    deep_copy_by_clone!();
}
