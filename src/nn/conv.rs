use tch::Tensor;

use super::{Generator, Module, Window, init};
use crate::TorchError;

/// `torch.nn.Conv2d(in_channels, out_channels, kernel_size)`: stride 1, no padding.
pub struct Conv2d {
    /// out_channels × in_channels × kernel_size × kernel_size.
    pub weight: Tensor,
    /// out_channels.
    pub bias: Tensor,
}

impl Conv2d {
    /// A layer with PyTorch's initial values.
    ///
    /// # Errors
    /// What libtorch refuses, a negative size above all.
    pub fn new(
        in_channels: i64,
        out_channels: i64,
        kernel_size: i64,
        generator: &mut Generator,
    ) -> Result<Self, TorchError> {
        let size = [out_channels, in_channels, kernel_size, kernel_size];
        let (weight, bias) = init::weight_and_bias(&size, generator)?;
        Ok(Self { weight, bias })
    }
}

impl Module for Conv2d {
    /// N × in_channels × H × W to N × out_channels × (H - kernel_size + 1) × (W - kernel_size + 1).
    fn forward(&self, input: &Tensor) -> Result<Tensor, TorchError> {
        Ok(input.f_conv2d(&self.weight, Some(&self.bias), 1, 0, 1, 1)?)
    }

    fn parameters(&self) -> Vec<(&'static str, &Tensor)> {
        vec![("weight", &self.weight), ("bias", &self.bias)]
    }

    fn describe(&self) -> String {
        let size = self.weight.size();
        format!("{} kernels {}×{}, stride 1", size[0], size[2], size[3])
    }

    fn window(&self) -> Option<Window> {
        Some(Window {
            side: self.weight.size()[2],
            stride: 1,
            padding: 0,
        })
    }

    fn multiply_adds(&self, output: &[i64]) -> i64 {
        init::fan_in(&self.weight.size()) * output.iter().product::<i64>()
    }
}
