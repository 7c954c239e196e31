use tch::Tensor;

use super::algorithm::Algorithm;
use super::state::State;
use super::{AdamOptions, GroupedOptimizer, OptimizerError};
use crate::{TorchError, native};

/// `torch.optim.AdamW`: [`Adam`](super::Adam) whose weight decay does not pass through the moments.
///
/// Each step begins with parameter ← parameter · (1 - lr · weight_decay).
pub type AdamW = GroupedOptimizer<AdamWOptions>;

/// The options of [`AdamW`]; their defaults are PyTorch's.
///
/// ```
/// use tch::{Tensor, kind::FLOAT_CPU};
/// use torch_twin::optim::{AdamW, AdamWOptions, Optimizer};
///
/// let [weight, bias] = [[3, 2], [3, 1]].map(|size| Tensor::zeros(size, FLOAT_CPU));
/// let options = AdamWOptions {
///     lr: 0.0003,
///     weight_decay: 0.1,
///     ..AdamWOptions::default()
/// };
/// // torch.optim.AdamW([{"params": [weight]}, {"params": [bias], "weight_decay": 0.0}],
/// //                   lr=0.0003, weight_decay=0.1)
/// let optimizer = AdamW::with_groups([
///     (vec![weight], options.clone()),
///     (vec![bias], AdamWOptions { weight_decay: 0.0, ..options }),
/// ])?;
/// assert_eq!(optimizer.lrs(), [0.0003, 0.0003]);
/// # Ok::<(), torch_twin::optim::OptimizerError>(())
/// ```
#[derive(Clone, Debug)]
pub struct AdamWOptions {
    /// The learning rate.
    pub lr: f64,
    /// How much of the moments is kept from step to step: of the gradient's and of its square's.
    pub betas: (f64, f64),
    /// What keeps the denominator from zero.
    pub eps: f64,
    /// By how much weights shrink in a step, in units of the learning rate.
    pub weight_decay: f64,
    /// Divides by the largest second moment so far.
    pub amsgrad: bool,
    /// Goes up the gradient instead of down.
    pub maximize: bool,
}

impl Default for AdamWOptions {
    fn default() -> Self {
        let AdamOptions {
            lr,
            betas,
            eps,
            amsgrad,
            maximize,
            ..
        } = AdamOptions::default();
        Self {
            lr,
            betas,
            eps,
            weight_decay: 0.01,
            amsgrad,
            maximize,
        }
    }
}

impl AdamWOptions {
    /// What follows the decay.
    fn adam(&self) -> AdamOptions {
        AdamOptions {
            lr: self.lr,
            betas: self.betas,
            eps: self.eps,
            weight_decay: 0.0,
            amsgrad: self.amsgrad,
            maximize: self.maximize,
        }
    }
}

impl Algorithm for AdamWOptions {
    fn check(&self) -> Result<(), OptimizerError> {
        let weight_decay = self.weight_decay;
        AdamOptions {
            weight_decay,
            ..self.adam()
        }
        .check()
    }

    fn state_keys(&self) -> &'static [&'static str] {
        self.adam().state_keys()
    }

    fn update(
        &self,
        parameter: &mut Tensor,
        gradient: &Tensor,
        state: &mut Option<State>,
    ) -> Result<(), TorchError> {
        if self.weight_decay != 0.0 {
            native::mul_(parameter, 1.0 - self.lr * self.weight_decay)?;
        }
        self.adam().update(parameter, gradient, state)
    }

    fn lr(&self) -> f64 {
        self.lr
    }

    fn set_lr(&mut self, lr: f64) {
        self.lr = lr;
    }

    fn momentum(&mut self) -> Option<&mut f64> {
        Some(&mut self.betas.0)
    }
}
