use tch::Tensor;

use super::algorithm::{Algorithm, options};
use super::arithmetic::direction;
use super::state::State;
use super::{GroupedOptimizer, OptimizerError, arguments};
use crate::{TorchError, native};

/// `torch.optim.Adagrad`.
///
/// For each parameter, with gradient g at its step t:
///
/// - g ← g + weight_decay · parameter
/// - sum ← sum + g · g
/// - parameter ← parameter - lr / (1 + (t - 1) · lr_decay) · g / (√sum + ε)
pub type Adagrad = GroupedOptimizer<AdagradOptions>;

options! {
    /// The options of [`Adagrad`]; their defaults are PyTorch's.
    pub struct AdagradOptions {
        /// The learning rate.
        lr: f64 = 0.01,
        /// How fast the learning rate falls.
        lr_decay: f64 = 0.0,
        /// L2 regularisation.
        weight_decay: f64 = 0.0,
        /// What the sum of squares starts with. PyTorch takes that of the call for all groups.
        initial_accumulator_value: f64 = 0.0,
        /// What keeps the denominator from zero.
        eps: f64 = 1e-10,
        /// Goes up the gradient instead of down.
        maximize: bool = false,
    }
}

impl AdagradOptions {
    fn first_state(&self, parameter: &Tensor) -> Result<State, TorchError> {
        let mut sum = parameter.f_empty_like()?;
        native::fill_(&mut sum, self.initial_accumulator_value)?;
        Ok(State::new([("sum", sum)]))
    }
}

impl Algorithm for AdagradOptions {
    fn check(&self) -> Result<(), OptimizerError> {
        arguments::at_least_zero("lr", self.lr)?;
        arguments::at_least_zero("lr_decay", self.lr_decay)?;
        arguments::at_least_zero("weight_decay", self.weight_decay)?;
        let initial = self.initial_accumulator_value;
        arguments::at_least_zero("initial_accumulator_value", initial)?;
        arguments::at_least_zero("eps", self.eps)
    }

    /// PyTorch keeps a state of parameters that were never used.
    const LEAST_STEP: u64 = 0;

    fn state_keys(&self) -> &'static [&'static str] {
        &["step", "sum"]
    }

    fn initial_state(&self, parameter: &Tensor) -> Result<Option<State>, TorchError> {
        self.first_state(parameter).map(Some)
    }

    fn update(
        &self,
        parameter: &mut Tensor,
        gradient: &Tensor,
        state: &mut Option<State>,
    ) -> Result<(), TorchError> {
        let gradient = direction(gradient, parameter, self.maximize, self.weight_decay)?;
        let state = State::next(state, || self.first_state(parameter))?;
        let lr = self.lr / (1.0 + (state.step - 1) as f64 * self.lr_decay);
        let sum = state.tensor("sum")?;
        native::addcmul_(sum, &gradient, &gradient, 1.0)?;
        let std = sum.f_sqrt()?.f_add_scalar_(self.eps)?;
        native::addcdiv_(parameter, &gradient, &std, -lr)
    }
}
