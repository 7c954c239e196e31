use tch::Tensor;

use super::EPS;
use super::affine::Affine;
use crate::TorchError;
use crate::nn::weight_and_bias::weight_and_bias;
use crate::nn::{Forward, ForwardPass};

/// `torch.nn.LayerNorm`: the values of the last sides together are brought to mean 0 and variance 1.
pub struct LayerNorm {
    /// normalized_shape, unless `elementwise_affine=False`.
    pub weight: Option<Tensor>,
    /// normalized_shape, unless `elementwise_affine=False` or `bias=False`.
    pub bias: Option<Tensor>,
    normalized_shape: Vec<i64>,
    eps: f64,
}

/// The arguments of a [`LayerNorm`] that are not the defaults.
///
/// ```
/// use torch_twin::nn::LayerNorm;
///
/// // nn.LayerNorm(128, eps=1e-6, bias=False)
/// let layer = LayerNorm::builder([128]).eps(1e-6).bias(false).build()?;
/// assert!(layer.bias.is_none());
/// # Ok::<(), torch_twin::TorchError>(())
/// ```
#[derive(Clone, Debug)]
pub struct LayerNormBuilder {
    normalized_shape: Vec<i64>,
    eps: f64,
    elementwise_affine: bool,
    bias: bool,
}

impl LayerNorm {
    /// `torch.nn.LayerNorm(normalized_shape)`.
    ///
    /// # Errors
    /// What libtorch refuses, too little memory above all.
    pub fn new<const N: usize>(normalized_shape: [usize; N]) -> Result<Self, TorchError> {
        Self::builder(normalized_shape).build()
    }

    /// A layer whose other arguments are to be set.
    pub fn builder<const N: usize>(normalized_shape: [usize; N]) -> LayerNormBuilder {
        LayerNormBuilder {
            normalized_shape: normalized_shape.map(|side| side as i64).to_vec(),
            eps: EPS,
            elementwise_affine: true,
            bias: true,
        }
    }
}

impl LayerNormBuilder {
    /// `eps=1e-5`: what is added to a variance.
    pub fn eps(mut self, eps: f64) -> Self {
        self.eps = eps;
        self
    }

    /// `elementwise_affine=True`: whether there are weight and bias.
    pub fn elementwise_affine(mut self, elementwise_affine: bool) -> Self {
        self.elementwise_affine = elementwise_affine;
        self
    }

    /// `bias=True`: whether there is a bias beside the weight.
    pub fn bias(mut self, bias: bool) -> Self {
        self.bias = bias;
        self
    }

    /// The layer, with PyTorch's initial values.
    ///
    /// # Errors
    /// What libtorch refuses, too little memory above all.
    pub fn build(self) -> Result<LayerNorm, TorchError> {
        let with_weight = self.elementwise_affine;
        let Affine { weight, bias } = Affine::new(
            &self.normalized_shape,
            with_weight,
            with_weight && self.bias,
        )?;
        Ok(LayerNorm {
            weight,
            bias,
            normalized_shape: self.normalized_shape,
            eps: self.eps,
        })
    }
}

impl Forward for LayerNorm {
    /// … × normalized_shape to the same.
    fn forward(&self, input: &Tensor, _pass: &mut ForwardPass<'_>) -> Result<Tensor, TorchError> {
        let (weight, bias) = (self.weight.as_ref(), self.bias.as_ref());
        Ok(input.f_layer_norm(&self.normalized_shape, weight, bias, self.eps, true)?)
    }
}

weight_and_bias!(impl[] LayerNorm {
    normalized_shape,
    eps
});
