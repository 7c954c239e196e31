use tch::Tensor;

use super::algorithm::{Algorithm, options};
use super::arithmetic::{direction, pow};
use super::state::State;
use super::{GroupedOptimizer, OptimizerError, arguments};
use crate::{TorchError, native};

/// `torch.optim.ASGD`: averaged stochastic gradient descent.
///
/// For each parameter, with gradient g at its step t:
///
/// - g ← g + weight_decay · parameter
/// - parameter ← parameter · (1 - lambd · η) - η · g
/// - a ← a + (parameter - a) · μ
/// - η ← lr / (1 + lambd · lr · t)^alpha
/// - μ ← 1 / max(1, t - t₀)
///
/// The average a is in the state, as `ax`.
pub type Asgd = GroupedOptimizer<AsgdOptions>;

options! {
    /// The options of [`Asgd`]; their defaults are PyTorch's.
    pub struct AsgdOptions {
        /// The learning rate.
        lr: f64 = 0.01,
        /// How fast the parameters decay.
        lambd: f64 = 1e-4,
        /// The power by which the learning rate falls.
        alpha: f64 = 0.75,
        /// The step from which parameters are averaged.
        t0: f64 = 1e6,
        /// L2 regularisation.
        weight_decay: f64 = 0.0,
        /// Goes up the gradient instead of down.
        maximize: bool = false,
    }
}

impl Algorithm for AsgdOptions {
    fn check(&self) -> Result<(), OptimizerError> {
        arguments::at_least_zero("lr", self.lr)?;
        arguments::at_least_zero("weight_decay", self.weight_decay)
    }

    fn state_keys(&self) -> &'static [&'static str] {
        &["step", "eta", "mu", "ax"]
    }

    fn update(
        &self,
        parameter: &mut Tensor,
        gradient: &Tensor,
        state: &mut Option<State>,
    ) -> Result<(), TorchError> {
        let gradient = direction(gradient, parameter, self.maximize, self.weight_decay)?;
        let state = State::next(state, || {
            Ok(State::zeros(parameter, self.state_keys())?
                .with_number("eta", self.lr as f32)
                .with_number("mu", 1.0))
        })?;
        let step = state.step as f64;
        let eta = f64::from(*state.number("eta")?);
        native::mul_(parameter, 1.0 - self.lambd * eta)?;
        native::add_(parameter, &gradient, -eta)?;
        let mu = f64::from(*state.number("mu")?);
        let ax = state.tensor("ax")?;
        if mu == 1.0 {
            ax.f_copy_(parameter)?;
        } else {
            let mut change = parameter.f_sub(ax)?;
            native::mul_(&mut change, mu)?;
            native::add_(ax, &change, 1.0)?;
        }
        let decay = pow(1.0 + self.lambd * self.lr * step, self.alpha);
        if decay == 0.0 {
            return Err(TorchError::new("division by zero: lambd · lr · step is -1"));
        }
        *state.number("eta")? = (self.lr / decay) as f32;
        let averaged = step - self.t0;
        *state.number("mu")? = (1.0 / if averaged > 1.0 { averaged } else { 1.0 }) as f32;
        Ok(())
    }
}
