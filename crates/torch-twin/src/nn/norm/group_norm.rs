use tch::Tensor;

use super::EPS;
use super::affine::Affine;
use crate::TorchError;
use crate::nn::weight_and_bias::weight_and_bias;
use crate::nn::{Forward, ForwardPass};

/// `torch.nn.GroupNorm`: the values of some channels together are brought to mean 0 and variance 1,
/// for each picture by itself.
pub struct GroupNorm {
    /// num_channels, unless `affine=False`.
    pub weight: Option<Tensor>,
    /// num_channels, unless `affine=False`.
    pub bias: Option<Tensor>,
    num_groups: i64,
    eps: f64,
}

/// The arguments of a [`GroupNorm`] that are not the defaults.
#[derive(Clone, Debug)]
pub struct GroupNormBuilder {
    num_groups: usize,
    num_channels: usize,
    eps: f64,
    affine: bool,
}

impl GroupNorm {
    /// `torch.nn.GroupNorm(num_groups, num_channels)`.
    ///
    /// # Errors
    /// Channels that the groups do not divide.
    pub fn new(num_groups: usize, num_channels: usize) -> Result<Self, TorchError> {
        Self::builder(num_groups, num_channels).build()
    }

    /// A layer whose other arguments are to be set.
    pub fn builder(num_groups: usize, num_channels: usize) -> GroupNormBuilder {
        GroupNormBuilder {
            num_groups,
            num_channels,
            eps: EPS,
            affine: true,
        }
    }

    /// Python refuses a single value a group, which has no variance.
    fn check_values(&self, input: &Tensor) -> Result<(), TorchError> {
        let size = input.size();
        let &[batches, channels, ref others @ ..] = &size[..] else {
            return Ok(());
        };
        let groups = batches.saturating_mul(channels) / self.num_groups;
        match groups.saturating_mul(others.iter().product()) {
            1 => Err(TorchError::new(&format!(
                "expected more than 1 value per channel when training, got input size {size:?}"
            ))),
            _ => Ok(()),
        }
    }
}

impl GroupNormBuilder {
    /// `eps=1e-5`: what is added to a variance.
    pub fn eps(mut self, eps: f64) -> Self {
        self.eps = eps;
        self
    }

    /// `affine=True`: whether there are weight and bias.
    pub fn affine(mut self, affine: bool) -> Self {
        self.affine = affine;
        self
    }

    /// The layer, with PyTorch's initial values.
    ///
    /// # Errors
    /// Channels that the groups do not divide.
    pub fn build(self) -> Result<GroupNorm, TorchError> {
        if self.num_groups == 0 || !self.num_channels.is_multiple_of(self.num_groups) {
            return Err(TorchError::new(
                "num_channels must be divisible by num_groups",
            ));
        }
        let size = [self.num_channels as i64];
        let Affine { weight, bias } = Affine::new(&size, self.affine, self.affine)?;
        Ok(GroupNorm {
            weight,
            bias,
            num_groups: self.num_groups as i64,
            eps: self.eps,
        })
    }
}

impl Forward for GroupNorm {
    /// N × num_channels × … to the same.
    fn forward(&self, input: &Tensor, _pass: &mut ForwardPass<'_>) -> Result<Tensor, TorchError> {
        self.check_values(input)?;
        let (weight, bias) = (self.weight.as_ref(), self.bias.as_ref());
        Ok(input.f_group_norm(self.num_groups, weight, bias, self.eps, true)?)
    }
}

weight_and_bias!(impl[] GroupNorm { num_groups, eps });
