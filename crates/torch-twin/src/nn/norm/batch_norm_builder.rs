use super::EPS;
use super::affine::Affine;
use super::batch_norm::{BatchNorm, RunningStatistics};
use crate::TorchError;

/// The arguments of a [`BatchNorm`] that are not the defaults.
///
/// ```
/// use torch_twin::nn::{BatchNorm1d, Module};
///
/// // nn.BatchNorm1d(8, eps=1e-3, momentum=None, affine=False)
/// let layer = BatchNorm1d::builder(8).eps(1e-3).momentum(None).affine(false).build()?;
/// assert_eq!(layer.state_dict().parameter_count(), 0);
/// # Ok::<(), torch_twin::TorchError>(())
/// ```
#[derive(Clone, Debug)]
pub struct BatchNormBuilder<const SIDES: usize> {
    num_features: usize,
    eps: f64,
    momentum: Option<f64>,
    affine: bool,
    bias: bool,
    track_running_stats: bool,
}

impl<const SIDES: usize> BatchNormBuilder<SIDES> {
    pub(super) fn new(num_features: usize) -> Self {
        Self {
            num_features,
            eps: EPS,
            momentum: Some(0.1),
            affine: true,
            bias: true,
            track_running_stats: true,
        }
    }

    /// `eps=1e-5`: what is added to a variance.
    pub fn eps(mut self, eps: f64) -> Self {
        self.eps = eps;
        self
    }

    /// `momentum=0.1`: how much of a batch's statistics goes into the running ones; with `None` they are
    /// the mean over all batches.
    pub fn momentum(mut self, momentum: impl Into<Option<f64>>) -> Self {
        self.momentum = momentum.into();
        self
    }

    /// `affine=True`: whether there are weight and bias.
    pub fn affine(mut self, affine: bool) -> Self {
        self.affine = affine;
        self
    }

    /// `bias=True`: whether there is a bias beside the weight. PyTorch has this argument since 2.12.
    pub fn bias(mut self, bias: bool) -> Self {
        self.bias = bias;
        self
    }

    /// `track_running_stats=True`: without them, the batch's are taken in `eval` mode as well.
    pub fn track_running_stats(mut self, track_running_stats: bool) -> Self {
        self.track_running_stats = track_running_stats;
        self
    }

    /// The layer, with PyTorch's initial values.
    ///
    /// # Errors
    /// What libtorch refuses, too little memory above all.
    pub fn build(self) -> Result<BatchNorm<SIDES>, TorchError> {
        let num_features = self.num_features as i64;
        let Affine { weight, bias } =
            Affine::new(&[num_features], self.affine, self.affine && self.bias)?;
        Ok(BatchNorm {
            weight,
            bias,
            running: match self.track_running_stats {
                true => Some(RunningStatistics::new(num_features)?),
                false => None,
            },
            momentum: self.momentum,
            eps: self.eps,
        })
    }
}
