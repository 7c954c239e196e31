use tch::Tensor;

use super::algorithm::{Algorithm, options};
use super::arithmetic::decay;
use super::state::State;
use super::{AdamOptions, GroupedOptimizer, OptimizerError, arguments};
use crate::TorchError;

/// `torch.optim.AdamW`: [`Adam`](super::Adam) whose weight decay does not pass through the moments.
///
/// Each step begins with parameter ← parameter · (1 - lr · weight_decay).
pub type AdamW = GroupedOptimizer<AdamWOptions>;

options! {
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
    pub struct AdamWOptions (momentum: betas.0) {
        /// The learning rate.
        lr: f64 = 0.001,
        /// How much of the moments is kept from step to step: of the gradient's and of its square's.
        betas: (f64, f64) = (0.9, 0.999),
        /// What keeps the denominator from zero.
        eps: f64 = 1e-8,
        /// By how much weights shrink in a step, in units of the learning rate.
        weight_decay: f64 = 0.01,
        /// Divides by the largest second moment so far.
        amsgrad: bool = false,
        /// Goes up the gradient instead of down.
        maximize: bool = false,
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
        arguments::of_adam(self.lr, self.betas, self.eps, self.weight_decay)
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
        decay(parameter, self.lr, self.weight_decay)?;
        self.adam().update(parameter, gradient, state)
    }
}
