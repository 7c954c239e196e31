use super::EPS;
use super::affine::Affine;
use crate::TorchError;
use crate::nn::weight_and_bias::named;
use crate::nn::{Forward, ForwardPass, Memo, Module};
use tch::{Device, Kind, Tensor};

/// `torch.nn.BatchNorm1d` and `BatchNorm2d`, which take inputs of `SIDES` sides beside batch and channels.
///
/// Each channel is brought to mean 0 and variance 1, then multiplied by `weight`, and `bias` is added.
/// In training mean and variance are the batch's, and the running ones follow them; in `eval` mode they
/// are the running ones.
#[non_exhaustive]
pub struct BatchNorm<const SIDES: usize> {
    /// num_features, unless `affine=False`.
    pub weight: Option<Tensor>,
    /// num_features, unless `affine=False`.
    pub bias: Option<Tensor>,
    /// The running statistics, unless `track_running_stats=False`.
    pub running: Option<RunningStatistics>,
    /// How much of the batch's statistics goes into the running ones; `None` for their mean.
    pub momentum: Option<f64>,
    /// What is added to a variance, so that it is never 0.
    pub eps: f64,
}

/// What a [`BatchNorm`] has seen in training.
#[non_exhaustive]
pub struct RunningStatistics {
    /// num_features.
    pub mean: Tensor,
    /// num_features.
    pub var: Tensor,
    /// A scalar, int64.
    pub num_batches_tracked: Tensor,
}

/// `torch.nn.BatchNorm1d(num_features)`: N × C or N × C × L.
pub type BatchNorm1d = BatchNorm<1>;
/// `torch.nn.BatchNorm2d(num_features)`: N × C × H × W.
pub type BatchNorm2d = BatchNorm<2>;

impl<const SIDES: usize> BatchNorm<SIDES> {
    /// PyTorch's `eps`.
    pub const EPS: f64 = EPS;

    /// A layer with PyTorch's initial values.
    ///
    /// # Errors
    /// What libtorch refuses, too little memory above all.
    pub fn new(num_features: usize) -> Result<Self, TorchError> {
        Self::builder(num_features).build()
    }

    /// A layer whose other arguments are to be set.
    pub fn builder(num_features: usize) -> BatchNormBuilder<SIDES> {
        BatchNormBuilder::new(num_features)
    }

    /// Python refuses an `eps` of 0 where the variance is the batch's, and a negative one.
    fn check_eps(&self, by_batch: bool) -> Result<(), TorchError> {
        let eps = self.eps;
        let words = match by_batch {
            true if eps <= 0.0 => "positive during training",
            _ if eps < 0.0 => "non-negative",
            _ => return Ok(()),
        };
        Err(TorchError::new(&format!(
            "eps must be {words}, but is {eps}"
        )))
    }

    /// `_check_input_dim`: a batch of vectors is one of sequences as well.
    fn check_dimensions(input: &Tensor) -> Result<(), TorchError> {
        let dimensions = input.dim();
        if dimensions == SIDES + 2 || (SIDES == 1 && dimensions == 2) {
            return Ok(());
        }
        Err(TorchError::new(&format!(
            "BatchNorm{SIDES}d wants an input of {} dimensions, got {dimensions}",
            SIDES + 2
        )))
    }
}

impl RunningStatistics {
    /// Mean 0 and variance 1, of no batch.
    pub(super) fn new(num_features: i64) -> Result<Self, TorchError> {
        let float = (Kind::Float, Device::Cpu);
        Ok(Self {
            mean: Tensor::f_zeros([num_features], float)?,
            var: Tensor::f_ones([num_features], float)?,
            num_batches_tracked: Tensor::f_zeros([], (Kind::Int64, Device::Cpu))?,
        })
    }

    fn deep_copy_with(&self, memo: &mut Memo) -> Result<Self, TorchError> {
        Ok(Self {
            mean: memo.copy(&self.mean)?,
            var: memo.copy(&self.var)?,
            num_batches_tracked: memo.copy(&self.num_batches_tracked)?,
        })
    }

    /// Counts a batch; gives how much its statistics count.
    fn count(&self, momentum: Option<f64>) -> Result<f64, TorchError> {
        // Where an operation with a scalar fails, tch panics.
        let _ = self
            .num_batches_tracked
            .shallow_clone()
            .f_add_(&Tensor::from(1_i64))?;
        match momentum {
            Some(momentum) => Ok(momentum),
            None => Ok(1.0 / self.num_batches_tracked.f_int64_value(&[])? as f64),
        }
    }
}

impl<const SIDES: usize> Forward for BatchNorm<SIDES> {
    /// N × C × … to the same.
    fn forward(&self, input: &Tensor, pass: &mut ForwardPass<'_>) -> Result<Tensor, TorchError> {
        Self::check_dimensions(input)?;
        let by_batch = pass.training() || self.running.is_none();
        let momentum = match &self.running {
            Some(running) if pass.training() => running.count(self.momentum)?,
            _ => self.momentum.unwrap_or_default(),
        };
        if by_batch {
            not_a_single_value(input)?;
        }
        self.check_eps(by_batch)?;
        Ok(input.f_batch_norm(
            self.weight.as_ref(),
            self.bias.as_ref(),
            self.running.as_ref().map(|running| &running.mean),
            self.running.as_ref().map(|running| &running.var),
            by_batch,
            momentum,
            self.eps,
            true,
        )?)
    }
}

impl<const SIDES: usize> Module for BatchNorm<SIDES> {
    fn own_parameters(&self) -> Vec<(&str, &Tensor)> {
        named(&self.weight, &self.bias)
    }

    fn own_buffers(&self) -> Vec<(&str, &Tensor)> {
        let Some(running) = &self.running else {
            return Vec::new();
        };
        vec![
            ("running_mean", &running.mean),
            ("running_var", &running.var),
            ("num_batches_tracked", &running.num_batches_tracked),
        ]
    }

    fn deep_copy_with(&self, memo: &mut Memo) -> Result<Self, TorchError> {
        Ok(Self {
            weight: memo.copy_option(self.weight.as_ref())?,
            bias: memo.copy_option(self.bias.as_ref())?,
            running: self
                .running
                .as_ref()
                .map(|running| running.deep_copy_with(memo))
                .transpose()?,
            ..*self
        })
    }
}

/// Python refuses to take the statistics of a single value a channel, which has no variance; libtorch
/// would make the running variance NaN. An empty batch passes in both.
fn not_a_single_value(input: &Tensor) -> Result<(), TorchError> {
    let size = input.size();
    if input.numel() as i64 != size.get(1).copied().unwrap_or_default() {
        return Ok(());
    }
    Err(TorchError::new(&format!(
        "expected more than 1 value per channel when training, got input size {size:?}"
    )))
}

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

#[cfg(test)]
mod tests {
    use super::*;

    const FLOAT: (Kind, Device) = (Kind::Float, Device::Cpu);

    fn batches_seen(layer: &BatchNorm2d) -> i64 {
        let running = layer.running.as_ref().unwrap();
        running.num_batches_tracked.int64_value(&[])
    }

    #[test]
    fn a_single_value_a_channel_is_refused_in_training_as_in_python() {
        let layer = BatchNorm2d::new(3).unwrap();
        let input = Tensor::ones([1, 3, 1, 1], FLOAT);
        assert!(layer.forward(&input, &mut ForwardPass::train()).is_err());
        assert!(layer.forward(&input, &mut ForwardPass::eval()).is_ok());
        // Counted before it is refused, as there.
        assert_eq!(batches_seen(&layer), 1);
    }

    #[test]
    fn an_empty_batch_passes_and_counts_as_in_python() {
        let layer = BatchNorm2d::new(3).unwrap();
        let input = Tensor::ones([0, 3, 2, 2], FLOAT);
        let output = layer.forward(&input, &mut ForwardPass::train()).unwrap();
        assert_eq!(output.size(), [0, 3, 2, 2]);
        assert_eq!(batches_seen(&layer), 1);
        let running = layer.running.as_ref().unwrap();
        assert_eq!(running.var, Tensor::ones([3], FLOAT));
    }

    #[test]
    fn an_input_of_other_dimensions_is_refused_as_in_python() {
        let pass = &mut ForwardPass::eval();
        let sequence = Tensor::ones([2, 3, 4], FLOAT);
        assert!(
            BatchNorm2d::new(3)
                .unwrap()
                .forward(&sequence, pass)
                .is_err()
        );
        assert!(
            BatchNorm1d::new(3)
                .unwrap()
                .forward(&sequence, pass)
                .is_ok()
        );
        let vector = Tensor::ones([2, 3], FLOAT);
        assert!(BatchNorm1d::new(3).unwrap().forward(&vector, pass).is_ok());
        let picture = Tensor::ones([2, 3, 4, 5], FLOAT);
        assert!(
            BatchNorm1d::new(3)
                .unwrap()
                .forward(&picture, pass)
                .is_err()
        );
    }
}
