use tch::Tensor;

use super::algorithm::{Algorithm, options};
use super::arithmetic::direction;
use super::state::State;
use super::{GroupedOptimizer, OptimizerError, arguments};
use crate::{TorchError, native};

/// `torch.optim.RMSprop`.
///
/// For each parameter, with gradient g:
///
/// - g ← g + weight_decay · parameter
/// - v ← alpha · v + (1 - alpha) · g · g
/// - d ← √v + ε, or centered, √(v - m · m) + ε with m ← m + (g - m) · (1 - alpha)
/// - parameter ← parameter - lr · g / d, or with momentum, - lr · b with b ← momentum · b + g / d
pub type RmsProp = GroupedOptimizer<RmsPropOptions>;

options! {
    /// The options of [`RmsProp`]; their defaults are PyTorch's.
    pub struct RmsPropOptions (momentum: momentum) {
        /// The learning rate.
        lr: f64 = 0.01,
        /// How much of the mean square is kept from step to step.
        alpha: f64 = 0.99,
        /// What keeps the denominator from zero.
        eps: f64 = 1e-8,
        /// L2 regularisation.
        weight_decay: f64 = 0.0,
        /// How much of the last step's direction is kept.
        momentum: f64 = 0.0,
        /// Divides by the standard deviation instead of the root of the mean square.
        centered: bool = false,
        /// Goes up the gradient instead of down.
        maximize: bool = false,
    }
}

impl Algorithm for RmsPropOptions {
    fn check(&self) -> Result<(), OptimizerError> {
        arguments::at_least_zero("lr", self.lr)?;
        arguments::at_least_zero("eps", self.eps)?;
        arguments::at_least_zero("momentum", self.momentum)?;
        arguments::at_least_zero("weight_decay", self.weight_decay)?;
        arguments::at_least_zero("alpha", self.alpha)
    }

    fn state_keys(&self) -> &'static [&'static str] {
        match (self.momentum > 0.0, self.centered) {
            (false, false) => &["step", "square_avg"],
            (true, false) => &["step", "square_avg", "momentum_buffer"],
            (false, true) => &["step", "square_avg", "grad_avg"],
            (true, true) => &["step", "square_avg", "momentum_buffer", "grad_avg"],
        }
    }

    fn update(
        &self,
        parameter: &mut Tensor,
        gradient: &Tensor,
        state: &mut Option<State>,
    ) -> Result<(), TorchError> {
        let gradient = direction(gradient, parameter, self.maximize, self.weight_decay)?;
        let state = State::next(state, || State::zeros(parameter, self.state_keys()))?;
        let kept = self.alpha;
        let square_avg = state.tensor("square_avg")?;
        native::mul_(square_avg, kept)?;
        native::addcmul_(square_avg, &gradient, &gradient, 1.0 - kept)?;
        let mut average = match self.centered {
            false => square_avg.f_sqrt()?,
            true => {
                let square_avg = square_avg.shallow_clone();
                let grad_avg = state.tensor("grad_avg")?;
                let _ = grad_avg.f_lerp_(&gradient, 1.0 - kept)?;
                let mut variance = native::addcmul(&square_avg, grad_avg, grad_avg, -1.0)?;
                variance.f_sqrt_()?
            }
        };
        let _ = average.f_add_scalar_(self.eps)?;
        if self.momentum > 0.0 {
            let buffer = state.tensor("momentum_buffer")?;
            native::mul_(buffer, self.momentum)?;
            native::addcdiv_(buffer, &gradient, &average, 1.0)?;
            return native::add_(parameter, buffer, -self.lr);
        }
        native::addcdiv_(parameter, &gradient, &average, -self.lr)
    }
}
