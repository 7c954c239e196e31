use tch::Tensor;

use super::{Conv2dBuilder, ConvBuilder, ConvOptions};
use crate::nn::sides::Sides;
use crate::nn::weight_and_bias::named;
use crate::nn::{Forward, ForwardPass, Memo, Module, functional};
use crate::{Generator, TorchError};

/// `torch.nn.Conv2d`.
#[non_exhaustive]
pub struct Conv2d {
    /// out_channels × in_channels/groups × kernel_size\[0\] × kernel_size\[1\].
    pub weight: Tensor,
    /// out_channels, unless `bias=False`.
    pub bias: Option<Tensor>,
    /// Stride, padding, dilation and groups.
    pub options: ConvOptions<2>,
}

impl Conv2d {
    /// `torch.nn.Conv2d(in_channels, out_channels, kernel_size)`.
    ///
    /// # Errors
    /// What libtorch refuses, too little memory above all.
    pub fn new(
        in_channels: usize,
        out_channels: usize,
        kernel_size: impl Sides<2>,
        generator: &mut Generator,
    ) -> Result<Self, TorchError> {
        Self::builder(in_channels, out_channels, kernel_size).build(generator)
    }

    /// A convolution whose other arguments are to be set.
    pub fn builder(
        in_channels: usize,
        out_channels: usize,
        kernel_size: impl Sides<2>,
    ) -> Conv2dBuilder {
        ConvBuilder::new(in_channels, out_channels, kernel_size)
    }

    /// A convolution of given tensors, with PyTorch's defaults for the rest.
    pub fn from_tensors(weight: Tensor, bias: Option<Tensor>) -> Self {
        Self {
            weight,
            bias,
            options: ConvOptions::default(),
        }
    }
}

impl Forward for Conv2d {
    /// N × in_channels × H × W to N × out_channels × H' × W'.
    fn forward(&self, input: &Tensor, _pass: &mut ForwardPass<'_>) -> Result<Tensor, TorchError> {
        functional::conv2d(input, &self.weight, self.bias.as_ref(), self.options)
    }
}

impl Module for Conv2d {
    fn own_parameters(&self) -> Vec<(&str, &Tensor)> {
        named(Some(&self.weight), self.bias.as_ref())
    }

    fn deep_copy_with(&self, memo: &mut Memo) -> Result<Self, TorchError> {
        Ok(Self {
            weight: memo.copy(&self.weight)?,
            bias: memo.copy_option(self.bias.as_ref())?,
            ..*self
        })
    }
}
