use tch::Tensor;

use super::algorithm::{Algorithm, options};
use super::arithmetic::ascended;
use super::state::State;
use super::{GroupedOptimizer, OptimizerError, arguments};
use crate::{TorchError, native};

/// `torch.optim.Rprop`: resilient backpropagation.
///
/// For each parameter, with gradient g, value by value:
///
/// - s ← s · η₊ where g and the last g have the same sign, s · η₋ where they differ; within `step_sizes`
/// - g ← 0 where they differ
/// - parameter ← parameter - sign(g) · s
pub type Rprop = GroupedOptimizer<RpropOptions>;

options! {
    /// The options of [`Rprop`]; their defaults are PyTorch's.
    pub struct RpropOptions {
        /// The learning rate: the size of the first step.
        lr: f64 = 0.01,
        /// η₋ and η₊: what a step becomes smaller and larger by.
        etas: (f64, f64) = (0.5, 1.2),
        /// The smallest and the largest step.
        step_sizes: (f64, f64) = (1e-6, 50.0),
        /// Goes up the gradient instead of down.
        maximize: bool = false,
    }
}

impl Algorithm for RpropOptions {
    fn check(&self) -> Result<(), OptimizerError> {
        arguments::at_least_zero("lr", self.lr)?;
        arguments::within_one("etas[0]", self.etas.0)?;
        arguments::above_one("etas[1]", self.etas.1)
    }

    fn state_keys(&self) -> &'static [&'static str] {
        &["step", "prev", "step_size"]
    }

    fn update(
        &self,
        parameter: &mut Tensor,
        gradient: &Tensor,
        state: &mut Option<State>,
    ) -> Result<(), TorchError> {
        let mut gradient = native::clone(&ascended(gradient, self.maximize)?)?;
        let (smaller, larger) = self.etas;
        let state = State::next(state, || {
            let mut zeros = State::zeros(parameter, self.state_keys())?;
            native::fill_(zeros.tensor("step_size")?, self.lr)?;
            Ok(zeros)
        })?;
        let mut factor = gradient.f_mul(state.tensor("prev")?)?.f_sign()?;
        for (mask, value) in [
            (factor.f_gt(0.0)?, larger),
            (factor.f_lt(0.0)?, smaller),
            (factor.f_eq(0.0)?, 1.0),
        ] {
            let _ = factor.f_masked_fill_(&mask, value)?;
        }
        let step_size = state.tensor("step_size")?;
        let _ = step_size.f_mul_(&factor)?;
        native::clamp_(step_size, self.step_sizes.0, self.step_sizes.1)?;
        let _ = gradient.f_masked_fill_(&factor.f_eq(smaller)?, 0.0)?;
        native::addcmul_(parameter, &gradient.f_sign()?, step_size, -1.0)?;
        state.tensor("prev")?.f_copy_(&gradient)?;
        Ok(())
    }
}
