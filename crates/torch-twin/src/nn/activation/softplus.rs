use tch::Tensor;

use crate::nn::deep_copy::deep_copy_by_clone;
use crate::nn::{Forward, ForwardPass, Module};
use crate::{TorchError, native};

/// `torch.nn.Softplus()`.
#[derive(Clone, Copy, Debug)]
pub struct Softplus {
    options: SoftplusBuilder,
}

/// The arguments of a [`Softplus`] that are not the defaults.
///
/// ```
/// use torch_twin::nn::Softplus;
///
/// // nn.Softplus(beta=2.0)
/// let layer = Softplus::builder().beta(2.0).build()?;
/// # let _ = layer;
/// # Ok::<(), torch_twin::TorchError>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct SoftplusBuilder {
    beta: f64,
    threshold: f64,
}

impl Softplus {
    /// A layer with PyTorch's defaults.
    ///
    /// # Errors
    /// Those of [`build`](SoftplusBuilder::build).
    pub fn new() -> Result<Self, TorchError> {
        Self::builder().build()
    }

    /// A layer whose arguments are to be set.
    pub fn builder() -> SoftplusBuilder {
        SoftplusBuilder {
            beta: 1.0,
            threshold: 20.0,
        }
    }
}

impl SoftplusBuilder {
    /// `beta=1.0`: how sharp the bend is.
    pub fn beta(mut self, beta: f64) -> Self {
        self.beta = beta;
        self
    }

    /// `threshold=20.0`: from where on `beta · x` is taken as it is.
    pub fn threshold(mut self, threshold: f64) -> Self {
        self.threshold = threshold;
        self
    }

    /// The layer.
    ///
    /// # Errors
    /// No argument is refused; the `Result` is that of all layers.
    pub fn build(self) -> Result<Softplus, TorchError> {
        Ok(Softplus { options: self })
    }
}

impl Forward for Softplus {
    /// Any shape to the same.
    fn forward(&self, input: &Tensor, _pass: &mut ForwardPass<'_>) -> Result<Tensor, TorchError> {
        native::softplus(input, self.options.beta, self.options.threshold)
    }
}

impl Module for Softplus {
    deep_copy_by_clone!();
}
