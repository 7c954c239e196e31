use tch::Tensor;

use super::algorithm::Algorithm;
use super::arithmetic::{ascended, decayed};
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

/// The options of [`Adagrad`]; their defaults are PyTorch's.
#[derive(Clone, Debug)]
pub struct AdagradOptions {
    /// The learning rate.
    pub lr: f64,
    /// How fast the learning rate falls.
    pub lr_decay: f64,
    /// L2 regularisation.
    pub weight_decay: f64,
    /// What the sum of squares starts with. PyTorch takes that of the call for all groups.
    pub initial_accumulator_value: f64,
    /// What keeps the denominator from zero.
    pub eps: f64,
    /// Goes up the gradient instead of down.
    pub maximize: bool,
}

impl Default for AdagradOptions {
    fn default() -> Self {
        Self {
            lr: 0.01,
            lr_decay: 0.0,
            weight_decay: 0.0,
            initial_accumulator_value: 0.0,
            eps: 1e-10,
            maximize: false,
        }
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
        let gradient = ascended(gradient, self.maximize)?;
        let gradient = decayed(&gradient, parameter, self.weight_decay)?;
        let state = match state {
            Some(state) => state,
            none => none.insert(self.first_state(parameter)?),
        };
        state.step += 1;
        let lr = self.lr / (1.0 + (state.step - 1) as f64 * self.lr_decay);
        let sum = state.tensor("sum")?;
        native::addcmul_(sum, &gradient, &gradient, 1.0)?;
        let std = sum.f_sqrt()?.f_add_scalar_(self.eps)?;
        native::addcdiv_(parameter, &gradient, &std, -lr)
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
