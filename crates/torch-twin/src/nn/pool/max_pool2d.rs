use tch::Tensor;

use crate::TorchError;
use crate::nn::sides::{Sides, sides};
use crate::nn::{Forward, ForwardPass, Module, functional};

/// `torch.nn.MaxPool2d(kernel_size, stride)`.
///
/// ```
/// use torch_twin::nn::MaxPool2d;
///
/// // nn.MaxPool2d(3, stride=2, padding=1)
/// let pool = MaxPool2d::new(3, 2).padding(1);
/// # let _ = pool;
/// ```
#[derive(Clone, Debug)]
pub struct MaxPool2d {
    kernel_size: [i64; 2],
    stride: [i64; 2],
    padding: [i64; 2],
    dilation: [i64; 2],
    ceil_mode: bool,
}

impl MaxPool2d {
    /// A layer with PyTorch's defaults for the rest. PyTorch's default for `stride` is `kernel_size`.
    pub fn new(kernel_size: impl Sides<2>, stride: impl Sides<2>) -> Self {
        Self {
            kernel_size: sides(kernel_size),
            stride: sides(stride),
            padding: [0; 2],
            dilation: [1; 2],
            ceil_mode: false,
        }
    }

    /// `padding=0`: values less than all at each edge.
    pub fn padding(mut self, padding: impl Sides<2>) -> Self {
        self.padding = sides(padding);
        self
    }

    /// `dilation=1`: rows and columns from one value of a window to the next.
    pub fn dilation(mut self, dilation: impl Sides<2>) -> Self {
        self.dilation = sides(dilation);
        self
    }

    /// `ceil_mode=False`: whether a window that goes beyond the edge counts.
    pub fn ceil_mode(mut self, ceil_mode: bool) -> Self {
        self.ceil_mode = ceil_mode;
        self
    }
}

impl Forward for MaxPool2d {
    /// N × C × H × W to N × C × H' × W', H' = (H + 2 · padding - dilation · (kernel_size - 1) - 1) /
    /// stride + 1.
    fn forward(&self, input: &Tensor, _pass: &mut ForwardPass<'_>) -> Result<Tensor, TorchError> {
        let ([size, width], [stride, along]) = (self.kernel_size, self.stride);
        let is_square = size == width && stride == along;
        if is_square && self.padding == [0; 2] && self.dilation == [1; 2] && !self.ceil_mode {
            return functional::max_pool2d(input, size, stride);
        }
        Ok(input.f_max_pool2d(
            self.kernel_size,
            self.stride,
            self.padding,
            self.dilation,
            self.ceil_mode,
        )?)
    }
}

impl Module for MaxPool2d {}
