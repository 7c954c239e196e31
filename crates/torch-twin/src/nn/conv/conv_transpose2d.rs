use tch::Tensor;

use super::channels::explain;
use super::{ConvBuilder, ConvOptions, ConvTranspose2dBuilder};
use crate::nn::sides::Sides;
use crate::nn::weight_and_bias::named;
use crate::nn::{Forward, ForwardPass, Memo, Module};
use crate::{Generator, TorchError};

/// `torch.nn.ConvTranspose2d`: the gradient of a convolution as a layer, which makes pictures larger.
#[non_exhaustive]
pub struct ConvTranspose2d {
    /// in_channels × out_channels/groups × kernel_size\[0\] × kernel_size\[1\].
    pub weight: Tensor,
    /// out_channels, unless `bias=False`.
    pub bias: Option<Tensor>,
    /// Rows and columns more at one edge of the output.
    pub output_padding: [i64; 2],
    /// Stride, padding, dilation and groups, of the convolution whose gradient it is.
    pub options: ConvOptions<2>,
}

impl ConvTranspose2d {
    /// `torch.nn.ConvTranspose2d(in_channels, out_channels, kernel_size)`.
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

    /// A layer whose other arguments are to be set.
    pub fn builder(
        in_channels: usize,
        out_channels: usize,
        kernel_size: impl Sides<2>,
    ) -> ConvTranspose2dBuilder {
        ConvBuilder::new(in_channels, out_channels, kernel_size)
    }
}

impl Forward for ConvTranspose2d {
    /// N × in_channels × H × W to N × out_channels × H' × W', H' = (H - 1) · stride - 2 · padding +
    /// dilation · (kernel_size - 1) + output_padding + 1.
    fn forward(&self, input: &Tensor, _pass: &mut ForwardPass<'_>) -> Result<Tensor, TorchError> {
        let (bias, options) = (self.bias.as_ref(), &self.options);
        let computed = input.f_conv_transpose2d(
            &self.weight,
            bias,
            options.stride,
            options.padding,
            self.output_padding,
            options.groups,
            options.dilation,
        );
        let channels = || self.weight.size().first().copied();
        computed.map_err(|error| explain(error, input, 2, channels()))
    }
}

impl Module for ConvTranspose2d {
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
