use tch::Tensor;

use super::{Module, Window};
use crate::TorchError;

/// `torch.nn.AvgPool2d(kernel_size, stride)`.
pub struct AvgPool2d {
    /// Side of the window.
    pub kernel_size: i64,
    /// Distance between windows.
    pub stride: i64,
}

impl AvgPool2d {
    /// A pooling layer without padding.
    pub fn new(kernel_size: i64, stride: i64) -> Self {
        Self {
            kernel_size,
            stride,
        }
    }
}

impl Module for AvgPool2d {
    /// N × C × H × W to N × C × ((H - kernel_size) / stride + 1) × ((W - kernel_size) / stride + 1).
    fn forward(&self, input: &Tensor) -> Result<Tensor, TorchError> {
        let (kernel_size, stride) = (self.kernel_size, self.stride);
        Ok(input.f_avg_pool2d(kernel_size, stride, 0, false, true, None::<i64>)?)
    }

    fn describe(&self) -> String {
        let (side, stride) = (self.kernel_size, self.stride);
        format!("{side}×{side} average, stride {stride}")
    }

    fn window(&self) -> Option<Window> {
        Some(Window {
            side: self.kernel_size,
            stride: self.stride,
            padding: 0,
        })
    }
}

/// `torch.nn.MaxPool2d(kernel_size, stride)`.
pub struct MaxPool2d {
    /// Side of the window.
    pub kernel_size: i64,
    /// Distance between windows.
    pub stride: i64,
}

impl MaxPool2d {
    /// A pooling layer without padding.
    pub fn new(kernel_size: i64, stride: i64) -> Self {
        Self {
            kernel_size,
            stride,
        }
    }
}

impl Module for MaxPool2d {
    /// N × C × H × W to N × C × ((H - kernel_size) / stride + 1) × ((W - kernel_size) / stride + 1).
    fn forward(&self, input: &Tensor) -> Result<Tensor, TorchError> {
        Ok(input.f_max_pool2d(self.kernel_size, self.stride, 0, 1, false)?)
    }

    fn describe(&self) -> String {
        let (side, stride) = (self.kernel_size, self.stride);
        format!("{side}×{side} maximum, stride {stride}")
    }

    fn window(&self) -> Option<Window> {
        Some(Window {
            side: self.kernel_size,
            stride: self.stride,
            padding: 0,
        })
    }
}
