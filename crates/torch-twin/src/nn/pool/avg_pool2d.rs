use crate::TorchError;
use crate::nn::deep_copy::deep_copy_by_clone;
use crate::nn::sides::{Sides, checked_sides};
use crate::nn::{Forward, ForwardPass, Module, functional};
use tch::Tensor;

/// `torch.nn.AvgPool2d(kernel_size)`: the means of windows.
#[derive(Clone, Debug)]
pub struct AvgPool2d {
    kernel_size: [i64; 2],
    stride: [i64; 2],
    padding: [i64; 2],
    ceil_mode: bool,
    count_include_pad: bool,
    divisor_override: Option<i64>,
}

/// The arguments of an [`AvgPool2d`] that are not the defaults.
///
/// ```
/// use torch_twin::nn::AvgPool2d;
///
/// // nn.AvgPool2d(3, stride=2, padding=1, count_include_pad=False)
/// let pool = AvgPool2d::builder(3).stride(2).padding(1).count_include_pad(false).build()?;
/// # let _ = pool;
/// # Ok::<(), torch_twin::TorchError>(())
/// ```
#[derive(Clone, Debug)]
pub struct AvgPool2dBuilder {
    kernel_size: [usize; 2],
    stride: [usize; 2],
    padding: [usize; 2],
    ceil_mode: bool,
    count_include_pad: bool,
    divisor_override: Option<i64>,
}

impl AvgPool2d {
    /// A layer whose windows lie side by side.
    ///
    /// # Errors
    /// A size that libtorch cannot count.
    pub fn new(kernel_size: impl Sides<2>) -> Result<Self, TorchError> {
        Self::builder(kernel_size).build()
    }

    /// A layer whose other arguments are to be set.
    pub fn builder(kernel_size: impl Sides<2>) -> AvgPool2dBuilder {
        let kernel_size = kernel_size.sides();
        AvgPool2dBuilder {
            kernel_size,
            stride: kernel_size,
            padding: [0; 2],
            ceil_mode: false,
            count_include_pad: true,
            divisor_override: None,
        }
    }
}

impl AvgPool2dBuilder {
    /// `stride=kernel_size`: rows and columns from one window to the next.
    pub fn stride(mut self, stride: impl Sides<2>) -> Self {
        self.stride = stride.sides();
        self
    }

    /// `padding=0`: zeros at each edge.
    pub fn padding(mut self, padding: impl Sides<2>) -> Self {
        self.padding = padding.sides();
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
    pub fn divisor_override(mut self, divisor_override: impl Into<Option<i64>>) -> Self {
        self.divisor_override = divisor_override.into();
        self
    }

    /// The layer.
    ///
    /// # Errors
    /// A size that libtorch cannot count.
    pub fn build(self) -> Result<AvgPool2d, TorchError> {
        Ok(AvgPool2d {
            kernel_size: checked_sides(self.kernel_size)?,
            stride: checked_sides(self.stride)?,
            padding: checked_sides(self.padding)?,
            ceil_mode: self.ceil_mode,
            count_include_pad: self.count_include_pad,
            divisor_override: self.divisor_override,
        })
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

impl Module for AvgPool2d {
    deep_copy_by_clone!();
}

/// `torch.nn.AdaptiveAvgPool2d(output_size)`: means over windows that make a picture of this size.
#[derive(Clone, Debug)]
pub struct AdaptiveAvgPool2d {
    output_size: [i64; 2],
}

impl AdaptiveAvgPool2d {
    /// A layer whose output has this size.
    ///
    /// # Errors
    /// A size that libtorch cannot count.
    pub fn new(output_size: impl Sides<2>) -> Result<Self, TorchError> {
        Ok(Self {
            output_size: checked_sides(output_size.sides())?,
        })
    }
}

impl Forward for AdaptiveAvgPool2d {
    /// N × C × H × W to N × C × output_size.
    fn forward(&self, input: &Tensor, _pass: &mut ForwardPass<'_>) -> Result<Tensor, TorchError> {
        Ok(input.f_adaptive_avg_pool2d(self.output_size)?)
    }
}

impl Module for AdaptiveAvgPool2d {
    deep_copy_by_clone!();
}
