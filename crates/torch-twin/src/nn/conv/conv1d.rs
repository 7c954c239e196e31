use tch::Tensor;

use super::channels::{explain, in_channels};
use super::{Conv1dBuilder, ConvBuilder, ConvOptions};
use crate::nn::sides::Sides;
use crate::nn::weight_and_bias::named;
use crate::nn::{Forward, ForwardPass, Memo, Module};
use crate::{Generator, TorchError};

/// `torch.nn.Conv1d`.
#[non_exhaustive]
pub struct Conv1d {
    /// out_channels × in_channels/groups × kernel_size.
    pub weight: Tensor,
    /// out_channels, unless `bias=False`.
    pub bias: Option<Tensor>,
    /// Stride, padding, dilation and groups.
    pub options: ConvOptions<1>,
}

impl Conv1d {
    /// `torch.nn.Conv1d(in_channels, out_channels, kernel_size)`.
    ///
    /// # Errors
    /// What libtorch refuses, too little memory above all.
    pub fn new(
        in_channels: usize,
        out_channels: usize,
        kernel_size: impl Sides<1>,
        generator: &mut Generator,
    ) -> Result<Self, TorchError> {
        Self::builder(in_channels, out_channels, kernel_size).build(generator)
    }

    /// A convolution whose other arguments are to be set.
    pub fn builder(
        in_channels: usize,
        out_channels: usize,
        kernel_size: impl Sides<1>,
    ) -> Conv1dBuilder {
        ConvBuilder::new(in_channels, out_channels, kernel_size)
    }
}

impl Forward for Conv1d {
    /// N × in_channels × L to N × out_channels × L'.
    fn forward(&self, input: &Tensor, _pass: &mut ForwardPass<'_>) -> Result<Tensor, TorchError> {
        let (bias, options) = (self.bias.as_ref(), &self.options);
        let computed = input.f_conv1d(
            &self.weight,
            bias,
            options.stride,
            options.padding,
            options.dilation,
            options.groups,
        );
        let channels = || in_channels(&self.weight, options.groups);
        computed.map_err(|error| explain(error, input, 1, channels()))
    }
}

impl Module for Conv1d {
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
