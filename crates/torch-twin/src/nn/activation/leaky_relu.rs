use tch::Tensor;

use crate::nn::deep_copy::deep_copy_by_clone;
use crate::nn::{Forward, ForwardPass, Module};
use crate::{TorchError, native};

/// `torch.nn.LeakyReLU()`.
#[derive(Clone, Copy, Debug)]
pub struct LeakyRelu {
    options: LeakyReluBuilder,
}

/// The arguments of a [`LeakyRelu`] that are not the defaults.
///
/// ```
/// use torch_twin::nn::LeakyRelu;
///
/// // nn.LeakyReLU(0.2)
/// let layer = LeakyRelu::builder().negative_slope(0.2).build()?;
/// # let _ = layer;
/// # Ok::<(), torch_twin::TorchError>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct LeakyReluBuilder {
    negative_slope: f64,
}

impl LeakyRelu {
    /// A layer with PyTorch's defaults.
    ///
    /// # Errors
    /// Those of [`build`](LeakyReluBuilder::build).
    pub fn new() -> Result<Self, TorchError> {
        Self::builder().build()
    }

    /// A layer whose arguments are to be set.
    pub fn builder() -> LeakyReluBuilder {
        LeakyReluBuilder {
            negative_slope: 0.01,
        }
    }
}

impl LeakyReluBuilder {
    /// `negative_slope=0.01`: by what a negative value is multiplied.
    pub fn negative_slope(mut self, negative_slope: f64) -> Self {
        self.negative_slope = negative_slope;
        self
    }

    /// The layer.
    ///
    /// # Errors
    /// No argument is refused; the `Result` is that of all layers.
    pub fn build(self) -> Result<LeakyRelu, TorchError> {
        Ok(LeakyRelu { options: self })
    }
}

impl Forward for LeakyRelu {
    /// Any shape to the same.
    fn forward(&self, input: &Tensor, _pass: &mut ForwardPass<'_>) -> Result<Tensor, TorchError> {
        native::leaky_relu(input, self.options.negative_slope)
    }
}

impl Module for LeakyRelu {
    deep_copy_by_clone!();
}
