use tch::Tensor;

use super::algorithm::Algorithm;
use super::arithmetic::{ascended, decayed};
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

/// The options of [`Adadelta`]; their defaults are PyTorch's.
#[derive(Clone, Debug)]
pub struct AdadeltaOptions {
    /// The learning rate.
    pub lr: f64,
    /// How much of the mean squares is kept from step to step.
    pub rho: f64,
    /// What keeps the denominator from zero.
    pub eps: f64,
    /// L2 regularisation.
    pub weight_decay: f64,
    /// Goes up the gradient instead of down.
    pub maximize: bool,
}

impl Default for AdadeltaOptions {
    fn default() -> Self {
        Self {
            lr: 1.0,
            rho: 0.9,
            eps: 1e-6,
            weight_decay: 0.0,
            maximize: false,
        }
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
        let gradient = ascended(gradient, self.maximize)?;
        let gradient = decayed(&gradient, parameter, self.weight_decay)?;
        let state = match state {
            Some(state) => state,
            none => none.insert(State::zeros(parameter, self.state_keys())?),
        };
        state.step += 1;
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

    fn lr(&self) -> f64 {
        self.lr
    }

    fn set_lr(&mut self, lr: f64) {
        self.lr = lr;
    }

    fn momentum(&mut self) -> Option<&mut f64> {
        None
    }
}
