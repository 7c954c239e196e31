use super::{Conv, ConvTranspose};
use crate::nn::init;
use crate::nn::sides::{Sides, sides};
use crate::{Generator, TorchError};
use std::marker::PhantomData;
use tch::Tensor;

/// The arguments of a convolution over `N` sides that are not the defaults.
///
/// ```
/// use torch_twin::Generator;
/// use torch_twin::nn::Conv2d;
///
/// // nn.Conv2d(16, 32, (3, 5), stride=2, padding=(1, 2), bias=False)
/// let mut generator = Generator::manual_seed(0);
/// let conv = Conv2d::builder(16, 32, [3, 5]).stride(2).padding([1, 2]).bias(false);
/// let conv = conv.build(&mut generator)?;
/// assert_eq!(conv.weight.size(), [32, 16, 3, 5]);
/// # Ok::<(), torch_twin::TorchError>(())
/// ```
pub struct ConvBuilder<const N: usize, Layer> {
    in_channels: usize,
    out_channels: usize,
    kernel_size: [usize; N],
    output_padding: [i64; N],
    options: ConvOptions<N>,
    bias: bool,
    layer: PhantomData<Layer>,
}

impl<const N: usize, Layer> ConvBuilder<N, Layer> {
    pub(super) fn new(in_channels: usize, out_channels: usize, kernel_size: impl Sides<N>) -> Self {
        Self {
            in_channels,
            out_channels,
            kernel_size: kernel_size.sides(),
            output_padding: [0; N],
            options: ConvOptions::default(),
            bias: true,
            layer: PhantomData,
        }
    }

    /// `stride=1`.
    pub fn stride(mut self, stride: impl Sides<N>) -> Self {
        self.options.stride = sides(stride);
        self
    }

    /// `padding=0`.
    pub fn padding(mut self, padding: impl Sides<N>) -> Self {
        self.options.padding = sides(padding);
        self
    }

    /// `dilation=1`.
    pub fn dilation(mut self, dilation: impl Sides<N>) -> Self {
        self.options.dilation = sides(dilation);
        self
    }

    /// `groups=1`.
    pub fn groups(mut self, groups: usize) -> Self {
        self.options.groups = groups as i64;
        self
    }

    /// `bias=True`.
    pub fn bias(mut self, bias: bool) -> Self {
        self.bias = bias;
        self
    }

    /// Weight and bias with PyTorch's initial values. The weight is channels[0] × channels[1]/groups ×
    /// kernel.
    fn tensors(
        &self,
        channels: [usize; 2],
        generator: &mut Generator,
    ) -> Result<(Tensor, Option<Tensor>), TorchError> {
        let groups = self.options.groups as usize;
        for (name, channels) in [
            ("in_channels", self.in_channels),
            ("out_channels", self.out_channels),
        ] {
            if groups == 0 || !channels.is_multiple_of(groups) {
                return Err(TorchError::new(&format!(
                    "{name} must be divisible by groups"
                )));
            }
        }
        let mut size = vec![channels[0], channels[1] / groups];
        size.extend(self.kernel_size);
        let weight = init::default_weight(&size, generator)?;
        let bias = match self.bias {
            true => Some(init::default_bias_of(self.out_channels, &size, generator)?),
            false => None,
        };
        Ok((weight, bias))
    }
}

impl<const N: usize> ConvBuilder<N, Conv<N>> {
    /// The layer, with PyTorch's initial values.
    ///
    /// # Errors
    /// Channels that `groups` does not divide, and what libtorch refuses.
    pub fn build(self, generator: &mut Generator) -> Result<Conv<N>, TorchError> {
        let (weight, bias) = self.tensors([self.out_channels, self.in_channels], generator)?;
        let options = self.options;
        Ok(Conv {
            weight,
            bias,
            options,
        })
    }
}

impl<const N: usize> ConvBuilder<N, ConvTranspose<N>> {
    /// `output_padding=0`: how much longer the output is at one edge of each side.
    pub fn output_padding(mut self, output_padding: impl Sides<N>) -> Self {
        self.output_padding = sides(output_padding);
        self
    }

    /// The layer, with PyTorch's initial values.
    ///
    /// # Errors
    /// Channels that `groups` does not divide, and what libtorch refuses.
    pub fn build(self, generator: &mut Generator) -> Result<ConvTranspose<N>, TorchError> {
        let (weight, bias) = self.tensors([self.in_channels, self.out_channels], generator)?;
        Ok(ConvTranspose {
            weight,
            bias,
            output_padding: self.output_padding,
            options: self.options,
        })
    }
}

/// What a convolution over `N` sides has beside its tensors, as [`Default`] PyTorch's defaults.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ConvOptions<const N: usize> {
    /// Values from one place of the kernel to the next.
    pub stride: [i64; N],
    /// Zeros at each edge of the input.
    pub padding: [i64; N],
    /// Values from one value of the kernel to the next.
    pub dilation: [i64; N],
    /// Parts into which the channels fall, each seen by its own kernels.
    pub groups: i64,
}

impl<const N: usize> Default for ConvOptions<N> {
    fn default() -> Self {
        Self {
            stride: [1; N],
            padding: [0; N],
            dilation: [1; N],
            groups: 1,
        }
    }
}
