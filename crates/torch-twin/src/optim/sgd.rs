use tch::Tensor;

use super::algorithm::{Algorithm, options};
use super::arithmetic::direction;
use super::state::State;
use super::{GroupedOptimizer, OptimizerError, arguments};
use crate::{TorchError, native};

/// `torch.optim.SGD`: stochastic gradient descent, with momentum if it is not zero.
///
/// For each parameter, with gradient g:
///
/// - g ← g + weight_decay · parameter
/// - buffer ← momentum · buffer + (1 - dampening) · g, the first one being g
/// - parameter ← parameter - lr · buffer, or with nesterov, - lr · (g + momentum · buffer)
pub type Sgd = GroupedOptimizer<SgdOptions>;

options! {
    /// The options of [`Sgd`]; their defaults are PyTorch's.
    ///
    /// ```
    /// use torch_twin::optim::SgdOptions;
    ///
    /// // torch.optim.SGD(…, lr=0.1, momentum=0.9, nesterov=True)
    /// let options = SgdOptions {
    ///     lr: 0.1,
    ///     momentum: 0.9,
    ///     nesterov: true,
    ///     ..SgdOptions::default()
    /// };
    /// # assert_eq!(options.weight_decay, 0.0);
    /// ```
    pub struct SgdOptions (momentum: momentum) {
        /// The learning rate.
        lr: f64 = 0.001,
        /// How much of the last step's direction is kept.
        momentum: f64 = 0.0,
        /// How much of the gradient does not enter the momentum.
        dampening: f64 = 0.0,
        /// L2 regularisation.
        weight_decay: f64 = 0.0,
        /// Nesterov's momentum, which looks a step ahead.
        nesterov: bool = false,
        /// Goes up the gradient instead of down.
        maximize: bool = false,
    }
}

impl Algorithm for SgdOptions {
    /// PyTorch looks up the buffers of all parameters, and then makes those that are not there yet.
    const FIRST_STEP_IS_SEEN: bool = false;

    /// Unlike the other optimisers, PyTorch's SGD takes NaN.
    fn check(&self) -> Result<(), OptimizerError> {
        arguments::not_negative("lr", self.lr)?;
        arguments::not_negative("momentum", self.momentum)?;
        arguments::not_negative("weight_decay", self.weight_decay)?;
        if self.nesterov && (self.momentum <= 0.0 || self.dampening != 0.0) {
            return Err(OptimizerError::Nesterov);
        }
        Ok(())
    }

    fn state_keys(&self) -> &'static [&'static str] {
        match self.momentum == 0.0 {
            true => &[],
            false => &["momentum_buffer"],
        }
    }

    fn update(
        &self,
        parameter: &mut Tensor,
        gradient: &Tensor,
        state: &mut Option<State>,
    ) -> Result<(), TorchError> {
        let gradient = direction(gradient, parameter, self.maximize, self.weight_decay)?;
        if self.momentum == 0.0 {
            return native::add_(parameter, &gradient, -self.lr);
        }
        let state = match state {
            Some(state) => {
                let buffer = state.tensor("momentum_buffer")?;
                native::mul_(buffer, self.momentum)?;
                native::add_(buffer, &gradient, 1.0 - self.dampening)?;
                state
            }
            none => none.insert(State::new([("momentum_buffer", gradient.f_detach_copy()?)])),
        };
        let buffer = state.tensor("momentum_buffer")?;
        match self.nesterov {
            true => {
                let ahead = native::add(&gradient, buffer, self.momentum)?;
                native::add_(parameter, &ahead, -self.lr)
            }
            false => native::add_(parameter, buffer, -self.lr),
        }
    }
}
