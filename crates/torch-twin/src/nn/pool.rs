use tch::Tensor;

use super::{Forward, ForwardPass, Module, functional};
use crate::TorchError;

/// `torch.nn.AvgPool2d(kernel_size, stride)`.
pub struct AvgPool2d {
    kernel_size: i64,
    stride: i64,
}

impl AvgPool2d {
    /// A pooling layer without padding.
    pub fn new(kernel_size: usize, stride: usize) -> Self {
        Self {
            kernel_size: kernel_size as i64,
            stride: stride as i64,
        }
    }
}

impl Forward for AvgPool2d {
    /// N × C × H × W to N × C × ((H - kernel_size) / stride + 1) × ((W - kernel_size) / stride + 1).
    fn forward(&self, input: &Tensor, _pass: &mut ForwardPass<'_>) -> Result<Tensor, TorchError> {
        functional::avg_pool2d(input, self.kernel_size, self.stride)
    }
}

impl Module for AvgPool2d {}

/// `torch.nn.MaxPool2d(kernel_size, stride)`.
pub struct MaxPool2d {
    kernel_size: i64,
    stride: i64,
}

impl MaxPool2d {
    /// A pooling layer without padding.
    pub fn new(kernel_size: usize, stride: usize) -> Self {
        Self {
            kernel_size: kernel_size as i64,
            stride: stride as i64,
        }
    }
}

impl Forward for MaxPool2d {
    /// N × C × H × W to N × C × ((H - kernel_size) / stride + 1) × ((W - kernel_size) / stride + 1).
    fn forward(&self, input: &Tensor, _pass: &mut ForwardPass<'_>) -> Result<Tensor, TorchError> {
        functional::max_pool2d(input, self.kernel_size, self.stride)
    }
}

impl Module for MaxPool2d {}
