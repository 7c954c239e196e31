use tch::Tensor;

use crate::TorchError;
use crate::nn::deep_copy::deep_copy_by_clone;
use crate::nn::sides::{Sides, checked_sides};
use crate::nn::{Forward, ForwardPass, Module, functional};

/// `torch.nn.MaxPool2d(kernel_size)`: the largest values of windows.
#[derive(Clone, Debug)]
pub struct MaxPool2d {
    kernel_size: [i64; 2],
    stride: [i64; 2],
    padding: [i64; 2],
    dilation: [i64; 2],
    ceil_mode: bool,
}

/// The arguments of a [`MaxPool2d`] that are not the defaults.
///
/// ```
/// use torch_twin::nn::MaxPool2d;
///
/// // nn.MaxPool2d(3, stride=2, padding=1)
/// let pool = MaxPool2d::builder(3).stride(2).padding(1).build()?;
/// # let _ = pool;
/// # Ok::<(), torch_twin::TorchError>(())
/// ```
#[derive(Clone, Debug)]
pub struct MaxPool2dBuilder {
    kernel_size: [usize; 2],
    stride: [usize; 2],
    padding: [usize; 2],
    dilation: [usize; 2],
    ceil_mode: bool,
}

impl MaxPool2d {
    /// A layer whose windows lie side by side.
    ///
    /// # Errors
    /// A size that libtorch cannot count.
    pub fn new(kernel_size: impl Sides<2>) -> Result<Self, TorchError> {
        Self::builder(kernel_size).build()
    }

    /// A layer whose other arguments are to be set.
    pub fn builder(kernel_size: impl Sides<2>) -> MaxPool2dBuilder {
        let kernel_size = kernel_size.sides();
        MaxPool2dBuilder {
            kernel_size,
            stride: kernel_size,
            padding: [0; 2],
            dilation: [1; 2],
            ceil_mode: false,
        }
    }
}

impl MaxPool2dBuilder {
    /// `stride=kernel_size`: rows and columns from one window to the next.
    pub fn stride(mut self, stride: impl Sides<2>) -> Self {
        self.stride = stride.sides();
        self
    }

    /// `padding=0`: values less than all at each edge.
    pub fn padding(mut self, padding: impl Sides<2>) -> Self {
        self.padding = padding.sides();
        self
    }

    /// `dilation=1`: rows and columns from one value of a window to the next.
    pub fn dilation(mut self, dilation: impl Sides<2>) -> Self {
        self.dilation = dilation.sides();
        self
    }

    /// `ceil_mode=False`: whether a window that goes beyond the edge counts.
    pub fn ceil_mode(mut self, ceil_mode: bool) -> Self {
        self.ceil_mode = ceil_mode;
        self
    }

    /// The layer.
    ///
    /// # Errors
    /// A size that libtorch cannot count.
    pub fn build(self) -> Result<MaxPool2d, TorchError> {
        Ok(MaxPool2d {
            kernel_size: checked_sides(self.kernel_size)?,
            stride: checked_sides(self.stride)?,
            padding: checked_sides(self.padding)?,
            dilation: checked_sides(self.dilation)?,
            ceil_mode: self.ceil_mode,
        })
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

impl Module for MaxPool2d {
    deep_copy_by_clone!();
}
