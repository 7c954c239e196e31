use tch::Tensor;

use super::state::State;
use crate::TorchError;

/// How an optimiser moves a parameter, by the options of a group of parameters.
pub trait Algorithm {
    /// The fewest steps that a state is kept for.
    const LEAST_STEP: u64 = 1;

    /// What is kept for a parameter.
    fn state_keys(&self) -> &'static [&'static str];

    /// What is kept for a parameter before its own first step.
    ///
    /// # Errors
    /// Too little memory.
    fn initial_state(&self, _parameter: &Tensor) -> Result<Option<State>, TorchError> {
        Ok(None)
    }

    /// Moves `parameter`; it has no `state` at its first step, unless there is an initial one.
    ///
    /// What is done to a value depends on no other value, so that parameters may stand side by side
    /// in one tensor.
    ///
    /// # Errors
    /// What libtorch refuses, too little memory above all.
    fn update(
        &self,
        parameter: &mut Tensor,
        gradient: &Tensor,
        state: &mut Option<State>,
    ) -> Result<(), TorchError>;

    /// The option `lr`.
    fn lr(&self) -> f64;

    /// Sets the option `lr`.
    fn set_lr(&mut self, lr: f64);

    /// The option `momentum`, or the first of `betas`; none where there is neither.
    fn momentum(&mut self) -> Option<&mut f64>;
}
