use tch::Tensor;

use super::OptimizerStateError;
use crate::native::reset_grad;
use crate::{Tensors, TorchError};

/// What trains tensors by their gradients, as `torch.optim.Optimizer`.
pub trait Optimizer {
    /// The tensors that this optimiser trains.
    fn parameters(&self) -> &[Tensor];

    /// `optimizer.zero_grad()`: every parameter is without a gradient then.
    ///
    /// # Errors
    /// Tensors that cannot have one.
    fn zero_grad(&mut self) -> Result<(), TorchError> {
        self.parameters().iter().try_for_each(reset_grad)
    }

    /// `optimizer.step()`: updates every parameter that has a gradient.
    ///
    /// # Errors
    /// What libtorch refuses, too little memory above all.
    fn step(&mut self) -> Result<(), TorchError>;

    /// The learning rate of the next step, `optimizer.param_groups[0]["lr"]`.
    fn lr(&self) -> f64;

    /// Sets the learning rate of the next step.
    fn set_lr(&mut self, lr: f64);

    /// What it keeps for a parameter from the first step on.
    fn state_keys(&self) -> &'static [&'static str];

    /// `optimizer.state_dict()["state"]`: `0.exp_avg` is what is called `exp_avg` for the first
    /// parameter. The tensors are the optimiser's own, not copies, and change with the next step.
    fn state_dict(&self) -> Tensors;

    /// `optimizer.load_state_dict`: goes on from the state of another of its kind.
    ///
    /// # Errors
    /// A state of another optimiser or of other parameters; this one is then left as it was.
    fn load_state_dict(&mut self, state: &Tensors) -> Result<(), OptimizerStateError>;
}
