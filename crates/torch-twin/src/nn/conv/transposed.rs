use tch::Tensor;

use super::channels::explain;
use super::{ConvBuilder, ConvOptions};
use crate::nn::sides::Sides;
use crate::nn::weight_and_bias::weight_and_bias;
use crate::nn::{Forward, ForwardPass};
use crate::{Generator, TorchError};

/// `torch.nn.ConvTranspose2d`.
pub type ConvTranspose2d = ConvTranspose<2>;

/// The gradient of a convolution over `N` sides as a layer, which makes pictures larger: [`ConvTranspose2d`].
#[non_exhaustive]
pub struct ConvTranspose<const N: usize> {
    /// in_channels × out_channels/groups × the kernel's sides.
    pub weight: Tensor,
    /// out_channels, unless `bias=False`.
    pub bias: Option<Tensor>,
    /// How much longer the output is at one edge of each side.
    pub output_padding: [i64; N],
    /// Stride, padding, dilation and groups, of the convolution whose gradient it is.
    pub options: ConvOptions<N>,
}

impl<const N: usize> ConvTranspose<N> {
    /// `torch.nn.ConvTranspose2d(in_channels, out_channels, kernel_size)`.
    ///
    /// # Errors
    /// What libtorch refuses, too little memory above all.
    pub fn new(
        in_channels: usize,
        out_channels: usize,
        kernel_size: impl Sides<N>,
        generator: &mut Generator,
    ) -> Result<Self, TorchError> {
        Self::builder(in_channels, out_channels, kernel_size).build(generator)
    }

    /// A layer whose other arguments are to be set.
    pub fn builder(
        in_channels: usize,
        out_channels: usize,
        kernel_size: impl Sides<N>,
    ) -> ConvBuilder<N, Self> {
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

weight_and_bias!(impl[const N: usize] ConvTranspose<N> { output_padding, options });
