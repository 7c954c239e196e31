use tch::Tensor;

use super::algorithm::Algorithm;
use super::arithmetic::{ascended, decayed};
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

/// The options of [`RmsProp`]; their defaults are PyTorch's.
#[derive(Clone, Debug)]
pub struct RmsPropOptions {
    /// The learning rate.
    pub lr: f64,
    /// How much of the mean square is kept from step to step.
    pub alpha: f64,
    /// What keeps the denominator from zero.
    pub eps: f64,
    /// L2 regularisation.
    pub weight_decay: f64,
    /// How much of the last step's direction is kept.
    pub momentum: f64,
    /// Divides by the standard deviation instead of the root of the mean square.
    pub centered: bool,
    /// Goes up the gradient instead of down.
    pub maximize: bool,
}

impl Default for RmsPropOptions {
    fn default() -> Self {
        Self {
            lr: 0.01,
            alpha: 0.99,
            eps: 1e-8,
            weight_decay: 0.0,
            momentum: 0.0,
            centered: false,
            maximize: false,
        }
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
        let gradient = ascended(gradient, self.maximize)?;
        let gradient = decayed(&gradient, parameter, self.weight_decay)?;
        let state = match state {
            Some(state) => state,
            none => none.insert(State::zeros(parameter, self.state_keys())?),
        };
        state.step += 1;
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

    fn lr(&self) -> f64 {
        self.lr
    }

    fn set_lr(&mut self, lr: f64) {
        self.lr = lr;
    }

    fn momentum(&mut self) -> Option<&mut f64> {
        Some(&mut self.momentum)
    }
}
