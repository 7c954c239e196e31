use tch::Tensor;

use crate::nn::deep_copy::deep_copy_by_clone;
use crate::nn::{Forward, ForwardPass, Module};
use crate::{TorchError, native};

/// `torch.nn.Hardtanh()`.
#[derive(Clone, Copy, Debug)]
pub struct Hardtanh {
    options: HardtanhBuilder,
}

/// The arguments of a [`Hardtanh`] that are not the defaults.
///
/// ```
/// use torch_twin::nn::Hardtanh;
///
/// // nn.Hardtanh(0.0, 6.0)
/// let layer = Hardtanh::builder().min_val(0.0).max_val(6.0).build()?;
/// # let _ = layer;
/// # Ok::<(), torch_twin::TorchError>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct HardtanhBuilder {
    min_val: f64,
    max_val: f64,
}

impl Hardtanh {
    /// A layer with PyTorch's defaults.
    ///
    /// # Errors
    /// Those of [`build`](HardtanhBuilder::build).
    pub fn new() -> Result<Self, TorchError> {
        Self::builder().build()
    }

    /// A layer whose arguments are to be set.
    pub fn builder() -> HardtanhBuilder {
        HardtanhBuilder {
            min_val: -1.0,
            max_val: 1.0,
        }
    }
}

impl HardtanhBuilder {
    /// `min_val=-1.0`: the least value.
    pub fn min_val(mut self, min_val: f64) -> Self {
        self.min_val = min_val;
        self
    }

    /// `max_val=1.0`: the largest value.
    pub fn max_val(mut self, max_val: f64) -> Self {
        self.max_val = max_val;
        self
    }

    /// The layer.
    ///
    /// # Errors
    /// A `max_val` that is not larger than `min_val`.
    pub fn build(self) -> Result<Hardtanh, TorchError> {
        if self.max_val > self.min_val {
            return Ok(Hardtanh { options: self });
        }
        Err(TorchError::new("max_val must be larger than min_val"))
    }
}

impl Forward for Hardtanh {
    /// Any shape to the same.
    fn forward(&self, input: &Tensor, _pass: &mut ForwardPass<'_>) -> Result<Tensor, TorchError> {
        native::hardtanh(input, self.options.min_val, self.options.max_val)
    }
}

impl Module for Hardtanh {
    deep_copy_by_clone!();
}
