use tch::Tensor;

use crate::TorchError;
use crate::nn::deep_copy::deep_copy_by_clone;
use crate::nn::{Forward, ForwardPass, Module};

/// `torch.nn.GELU()`.
#[derive(Clone, Copy, Debug)]
pub struct Gelu {
    options: GeluBuilder,
}

/// The arguments of a [`Gelu`] that are not the defaults.
///
/// ```
/// use torch_twin::nn::{Approximate, Gelu};
///
/// // nn.GELU(approximate="tanh")
/// let layer = Gelu::builder().approximate(Approximate::Tanh).build()?;
/// # let _ = layer;
/// # Ok::<(), torch_twin::TorchError>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct GeluBuilder {
    approximate: Approximate,
}

/// The argument `approximate` of [`GeluBuilder::approximate`].
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum Approximate {
    /// `approximate="none"`: by the error function.
    None,
    /// `approximate="tanh"`.
    Tanh,
}

impl Gelu {
    /// A layer with PyTorch's defaults.
    ///
    /// # Errors
    /// Those of [`build`](GeluBuilder::build).
    pub fn new() -> Result<Self, TorchError> {
        Self::builder().build()
    }

    /// A layer whose arguments are to be set.
    pub fn builder() -> GeluBuilder {
        GeluBuilder {
            approximate: Approximate::None,
        }
    }
}

impl GeluBuilder {
    /// `approximate="none"`: how the error function is computed.
    pub fn approximate(mut self, approximate: Approximate) -> Self {
        self.approximate = approximate;
        self
    }

    /// The layer.
    ///
    /// # Errors
    /// No argument is refused; the `Result` is that of all layers.
    pub fn build(self) -> Result<Gelu, TorchError> {
        Ok(Gelu { options: self })
    }
}

impl Forward for Gelu {
    /// Any shape to the same.
    fn forward(&self, input: &Tensor, _pass: &mut ForwardPass<'_>) -> Result<Tensor, TorchError> {
        let approximate = match self.options.approximate {
            Approximate::None => "none",
            Approximate::Tanh => "tanh",
        };
        Ok(input.f_gelu(approximate)?)
    }
}

impl Module for Gelu {
    deep_copy_by_clone!();
}
