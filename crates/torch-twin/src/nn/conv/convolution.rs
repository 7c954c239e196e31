use tch::Tensor;

use super::channels::{explain, in_channels};
use super::{ConvBuilder, ConvOptions};
use crate::nn::sides::Sides;
use crate::nn::weight_and_bias::weight_and_bias;
use crate::nn::{Forward, ForwardPass, functional};
use crate::{Generator, TorchError};

/// `torch.nn.Conv1d`.
pub type Conv1d = Conv<1>;
/// `torch.nn.Conv2d`.
pub type Conv2d = Conv<2>;

/// A convolution over `N` sides: [`Conv1d`] or [`Conv2d`].
#[non_exhaustive]
pub struct Conv<const N: usize> {
    /// out_channels × in_channels/groups × the kernel's sides.
    pub weight: Tensor,
    /// out_channels, unless `bias=False`.
    pub bias: Option<Tensor>,
    /// Stride, padding, dilation and groups.
    pub options: ConvOptions<N>,
}

impl<const N: usize> Conv<N> {
    /// `torch.nn.Conv2d(in_channels, out_channels, kernel_size)`.
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

    /// A convolution whose other arguments are to be set.
    pub fn builder(
        in_channels: usize,
        out_channels: usize,
        kernel_size: impl Sides<N>,
    ) -> ConvBuilder<N, Self> {
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

impl Forward for Conv2d {
    /// N × in_channels × H × W to N × out_channels × H' × W'.
    fn forward(&self, input: &Tensor, _pass: &mut ForwardPass<'_>) -> Result<Tensor, TorchError> {
        functional::conv2d(input, &self.weight, self.bias.as_ref(), self.options)
    }
}

weight_and_bias!(impl[const N: usize] Conv<N> { options });
