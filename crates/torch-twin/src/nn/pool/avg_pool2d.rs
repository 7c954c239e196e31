use tch::Tensor;

use crate::TorchError;
use crate::nn::sides::{Sides, sides};
use crate::nn::{Forward, ForwardPass, Module, functional};

/// `torch.nn.AvgPool2d(kernel_size, stride)`.
///
/// ```
/// use torch_twin::nn::AvgPool2d;
///
/// // nn.AvgPool2d(3, stride=2, padding=1, ceil_mode=True, count_include_pad=False)
/// let pool = AvgPool2d::new(3, 2).padding(1).ceil_mode(true).count_include_pad(false);
/// # let _ = pool;
/// ```
#[derive(Clone, Debug)]
pub struct AvgPool2d {
    kernel_size: [i64; 2],
    stride: [i64; 2],
    padding: [i64; 2],
    ceil_mode: bool,
    count_include_pad: bool,
    divisor_override: Option<i64>,
}

impl AvgPool2d {
    /// A layer with PyTorch's defaults for the rest. PyTorch's default for `stride` is `kernel_size`.
    pub fn new(kernel_size: impl Sides<2>, stride: impl Sides<2>) -> Self {
        Self {
            kernel_size: sides(kernel_size),
            stride: sides(stride),
            padding: [0; 2],
            ceil_mode: false,
            count_include_pad: true,
            divisor_override: None,
        }
    }

    /// `padding=0`: zeros at each edge.
    pub fn padding(mut self, padding: impl Sides<2>) -> Self {
        self.padding = sides(padding);
        self
    }

    /// `ceil_mode=False`: whether a window that goes beyond the edge counts.
    pub fn ceil_mode(mut self, ceil_mode: bool) -> Self {
        self.ceil_mode = ceil_mode;
        self
    }

    /// `count_include_pad=True`: whether the zeros at the edges count.
    pub fn count_include_pad(mut self, count_include_pad: bool) -> Self {
        self.count_include_pad = count_include_pad;
        self
    }

    /// `divisor_override=None`: by what a sum is divided.
    pub fn divisor_override(mut self, divisor_override: Option<i64>) -> Self {
        self.divisor_override = divisor_override;
        self
    }
}

impl Forward for AvgPool2d {
    /// N × C × H × W to N × C × H' × W', H' = (H + 2 · padding - kernel_size) / stride + 1.
    fn forward(&self, input: &Tensor, _pass: &mut ForwardPass<'_>) -> Result<Tensor, TorchError> {
        let ([size, width], [stride, along]) = (self.kernel_size, self.stride);
        let is_square = size == width && stride == along;
        let is_plain = self.padding == [0; 2] && !self.ceil_mode && self.divisor_override.is_none();
        if is_square && is_plain {
            return functional::avg_pool2d(input, size, stride);
        }
        Ok(input.f_avg_pool2d(
            self.kernel_size,
            self.stride,
            self.padding,
            self.ceil_mode,
            self.count_include_pad,
            self.divisor_override,
        )?)
    }
}

impl Module for AvgPool2d {}
