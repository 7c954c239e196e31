use tch::Tensor;

use crate::nn::deep_copy::deep_copy_by_clone;
use crate::nn::{Forward, ForwardPass, Module};
use crate::{TorchError, native};

/// `torch.nn.ELU()`.
#[derive(Clone, Copy, Debug)]
pub struct Elu {
    options: EluBuilder,
}

/// The arguments of an [`Elu`] that are not the defaults.
///
/// ```
/// use torch_twin::nn::Elu;
///
/// // nn.ELU(0.5)
/// let layer = Elu::builder().alpha(0.5).build()?;
/// # let _ = layer;
/// # Ok::<(), torch_twin::TorchError>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct EluBuilder {
    alpha: f64,
}

impl Elu {
    /// A layer with PyTorch's defaults.
    ///
    /// # Errors
    /// Those of [`build`](EluBuilder::build).
    pub fn new() -> Result<Self, TorchError> {
        Self::builder().build()
    }

    /// A layer whose arguments are to be set.
    pub fn builder() -> EluBuilder {
        EluBuilder { alpha: 1.0 }
    }
}

impl EluBuilder {
    /// `alpha=1.0`: the negative of the value towards which negative values go.
    pub fn alpha(mut self, alpha: f64) -> Self {
        self.alpha = alpha;
        self
    }

    /// The layer.
    ///
    /// # Errors
    /// No argument is refused; the `Result` is that of all layers.
    pub fn build(self) -> Result<Elu, TorchError> {
        Ok(Elu { options: self })
    }
}

impl Forward for Elu {
    /// Any shape to the same.
    fn forward(&self, input: &Tensor, _pass: &mut ForwardPass<'_>) -> Result<Tensor, TorchError> {
        native::elu(input, self.options.alpha)
    }
}

impl Module for Elu {
    deep_copy_by_clone!();
}
