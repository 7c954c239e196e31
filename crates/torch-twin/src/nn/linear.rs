use tch::Tensor;

use super::weight_and_bias::weight_and_bias;
use super::{Forward, ForwardPass, init};
use crate::{Generator, TorchError};

/// `torch.nn.Linear(in_features, out_features, bias=True)`.
#[non_exhaustive]
pub struct Linear {
    /// out_features × in_features.
    pub weight: Tensor,
    /// out_features, unless `bias=False`.
    pub bias: Option<Tensor>,
}

/// The arguments of a [`Linear`] that are not the defaults.
///
/// ```
/// use torch_twin::Generator;
/// use torch_twin::nn::Linear;
///
/// // nn.Linear(4, 2, bias=False)
/// let layer = Linear::builder(4, 2).bias(false).build(&mut Generator::manual_seed(0))?;
/// assert!(layer.bias.is_none());
/// # Ok::<(), torch_twin::TorchError>(())
/// ```
#[derive(Clone, Debug)]
pub struct LinearBuilder {
    in_features: usize,
    out_features: usize,
    bias: bool,
}

impl Linear {
    /// A layer with PyTorch's initial values.
    ///
    /// # Errors
    /// What libtorch refuses, too little memory above all.
    pub fn new(
        in_features: usize,
        out_features: usize,
        generator: &mut Generator,
    ) -> Result<Self, TorchError> {
        Self::builder(in_features, out_features).build(generator)
    }

    /// A layer whose other arguments are to be set.
    pub fn builder(in_features: usize, out_features: usize) -> LinearBuilder {
        LinearBuilder {
            in_features,
            out_features,
            bias: true,
        }
    }

    /// A layer of given tensors, which may be another module's: tied weights.
    pub fn from_tensors(weight: Tensor, bias: Option<Tensor>) -> Self {
        Self { weight, bias }
    }
}

impl LinearBuilder {
    /// `bias=True`.
    pub fn bias(mut self, bias: bool) -> Self {
        self.bias = bias;
        self
    }

    /// The layer, with PyTorch's initial values.
    ///
    /// # Errors
    /// What libtorch refuses, too little memory above all.
    pub fn build(self, generator: &mut Generator) -> Result<Linear, TorchError> {
        let size = [self.out_features, self.in_features];
        let weight = init::default_weight(&size, generator)?;
        let bias = match self.bias {
            true => Some(init::default_bias(&size, generator)?),
            false => None,
        };
        Ok(Linear { weight, bias })
    }
}

impl Forward for Linear {
    /// … × in_features to … × out_features.
    fn forward(&self, input: &Tensor, _pass: &mut ForwardPass<'_>) -> Result<Tensor, TorchError> {
        Ok(input.f_linear(&self.weight, self.bias.as_ref())?)
    }
}

weight_and_bias!(impl[] Linear {});
