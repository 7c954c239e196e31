use tch::Tensor;

use super::algorithm::{Algorithm, options};
use super::arithmetic::direction;
use super::state::State;
use super::{GroupedOptimizer, OptimizerError, arguments};
use crate::{TorchError, native};

/// `torch.optim.Adadelta`.
///
/// For each parameter, with gradient g:
///
/// - g ← g + weight_decay · parameter
/// - v ← rho · v + (1 - rho) · g · g
/// - d ← √(u + ε) / √(v + ε) · g
/// - u ← rho · u + (1 - rho) · d · d
/// - parameter ← parameter - lr · d
pub type Adadelta = GroupedOptimizer<AdadeltaOptions>;

options! {
    /// The options of [`Adadelta`]; their defaults are PyTorch's.
    pub struct AdadeltaOptions {
        /// The learning rate.
        lr: f64 = 1.0,
        /// How much of the mean squares is kept from step to step.
        rho: f64 = 0.9,
        /// What keeps the denominator from zero.
        eps: f64 = 1e-6,
        /// L2 regularisation.
        weight_decay: f64 = 0.0,
        /// Goes up the gradient instead of down.
        maximize: bool = false,
    }
}

impl Algorithm for AdadeltaOptions {
    fn check(&self) -> Result<(), OptimizerError> {
        arguments::at_least_zero("lr", self.lr)?;
        arguments::up_to_one("rho", self.rho)?;
        arguments::at_least_zero("eps", self.eps)?;
        arguments::at_least_zero("weight_decay", self.weight_decay)
    }

    fn state_keys(&self) -> &'static [&'static str] {
        &["step", "square_avg", "acc_delta"]
    }

    fn update(
        &self,
        parameter: &mut Tensor,
        gradient: &Tensor,
        state: &mut Option<State>,
    ) -> Result<(), TorchError> {
        let gradient = direction(gradient, parameter, self.maximize, self.weight_decay)?;
        let state = State::next(state, || State::zeros(parameter, self.state_keys()))?;
        let square_avg = state.tensor("square_avg")?;
        native::mul_(square_avg, self.rho)?;
        native::addcmul_(square_avg, &gradient, &gradient, 1.0 - self.rho)?;
        let std = square_avg.f_add_scalar(self.eps)?.f_sqrt_()?;
        let acc_delta = state.tensor("acc_delta")?;
        let mut delta = acc_delta.f_add_scalar(self.eps)?.f_sqrt_()?;
        let _ = delta.f_div_(&std)?.f_mul_(&gradient)?;
        native::mul_(acc_delta, self.rho)?;
        native::addcmul_(acc_delta, &delta, &delta, 1.0 - self.rho)?;
        native::add_(parameter, &delta, -self.lr)
    }
}
