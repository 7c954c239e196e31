use tch::Tensor;

use super::{Forward, ForwardPass, Module, functional, init};
use crate::{Generator, TorchError};

/// `torch.nn.Conv2d`.
pub struct Conv2d {
    /// out_channels × in_channels/groups × kernel_size × kernel_size.
    pub weight: Tensor,
    /// out_channels, unless `bias=False`.
    pub bias: Option<Tensor>,
    /// Rows and columns from one place of the kernel to the next.
    pub stride: i64,
    /// Zeros at each edge of the input.
    pub padding: i64,
    /// Rows and columns from one value of the kernel to the next.
    pub dilation: i64,
    /// Parts into which the channels fall, each seen by its own kernels.
    pub groups: i64,
}

/// `torch.nn.Conv2d(in_channels, out_channels, kernel_size, …)` with arguments that are not the
/// defaults.
///
/// ```
/// use torch_twin::Generator;
/// use torch_twin::nn::Conv2d;
///
/// // nn.Conv2d(16, 32, 3, stride=2, padding=1, bias=False)
/// let mut generator = Generator::manual_seed(0);
/// let conv = Conv2d::builder(16, 32, 3).stride(2).padding(1).bias(false).build(&mut generator)?;
/// assert_eq!(conv.weight.size(), [32, 16, 3, 3]);
/// # Ok::<(), torch_twin::TorchError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Conv2dBuilder {
    in_channels: usize,
    out_channels: usize,
    kernel_size: usize,
    stride: usize,
    padding: usize,
    dilation: usize,
    groups: usize,
    bias: bool,
}

impl Conv2d {
    /// `torch.nn.Conv2d(in_channels, out_channels, kernel_size)`.
    ///
    /// # Errors
    /// What libtorch refuses, too little memory above all.
    pub fn new(
        in_channels: usize,
        out_channels: usize,
        kernel_size: usize,
        generator: &mut Generator,
    ) -> Result<Self, TorchError> {
        Self::builder(in_channels, out_channels, kernel_size).build(generator)
    }

    /// A convolution whose other arguments are to be set.
    pub fn builder(in_channels: usize, out_channels: usize, kernel_size: usize) -> Conv2dBuilder {
        Conv2dBuilder {
            in_channels,
            out_channels,
            kernel_size,
            stride: 1,
            padding: 0,
            dilation: 1,
            groups: 1,
            bias: true,
        }
    }

    /// A convolution of given tensors, with PyTorch's defaults for the rest.
    pub fn from_tensors(weight: Tensor, bias: Option<Tensor>) -> Self {
        Self {
            weight,
            bias,
            stride: 1,
            padding: 0,
            dilation: 1,
            groups: 1,
        }
    }
}

impl Conv2dBuilder {
    /// `stride=1`.
    pub fn stride(mut self, stride: usize) -> Self {
        self.stride = stride;
        self
    }

    /// `padding=0`.
    pub fn padding(mut self, padding: usize) -> Self {
        self.padding = padding;
        self
    }

    /// `dilation=1`.
    pub fn dilation(mut self, dilation: usize) -> Self {
        self.dilation = dilation;
        self
    }

    /// `groups=1`.
    pub fn groups(mut self, groups: usize) -> Self {
        self.groups = groups;
        self
    }

    /// `bias=True`.
    pub fn bias(mut self, bias: bool) -> Self {
        self.bias = bias;
        self
    }

    /// The layer, with PyTorch's initial values.
    ///
    /// # Errors
    /// Channels that `groups` does not divide, and what libtorch refuses.
    pub fn build(self, generator: &mut Generator) -> Result<Conv2d, TorchError> {
        for (name, channels) in [
            ("in_channels", self.in_channels),
            ("out_channels", self.out_channels),
        ] {
            if self.groups == 0 || !channels.is_multiple_of(self.groups) {
                return Err(TorchError::new(&format!(
                    "{name} must be divisible by groups"
                )));
            }
        }
        let in_channels = self.in_channels / self.groups;
        let size = [
            self.out_channels,
            in_channels,
            self.kernel_size,
            self.kernel_size,
        ];
        Ok(Conv2d {
            weight: init::default_weight(&size, generator)?,
            bias: match self.bias {
                true => Some(init::default_bias(&size, generator)?),
                false => None,
            },
            stride: self.stride as i64,
            padding: self.padding as i64,
            dilation: self.dilation as i64,
            groups: self.groups as i64,
        })
    }
}

impl Forward for Conv2d {
    /// N × in_channels × H × W to N × out_channels × H' × W'.
    fn forward(&self, input: &Tensor, _pass: &mut ForwardPass<'_>) -> Result<Tensor, TorchError> {
        functional::conv2d(
            input,
            &self.weight,
            self.bias.as_ref(),
            [self.stride, self.padding, self.dilation, self.groups],
        )
    }
}

impl Module for Conv2d {
    fn parameters(&self) -> Vec<(&str, &Tensor)> {
        let bias = self.bias.as_ref().map(|bias| ("bias", bias));
        [("weight", &self.weight)].into_iter().chain(bias).collect()
    }
}
