use tch::Tensor;

use super::{GroupCountError, OptimizerStateError};
use crate::native::reset_grad;
use crate::{Tensors, TorchError};

/// What trains tensors by their gradients, as `torch.optim.Optimizer`.
pub trait Optimizer {
    /// The tensors that this optimiser trains, those of all groups.
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
    /// A gradient or a state that is not of its parameter's shape and type, a sparse gradient, values that are no
    /// real floats, options that ask for a state that was not kept so far, and what libtorch refuses, for example
    /// when memory runs out.
    fn step(&mut self) -> Result<(), TorchError>;

    /// `optimizer.step(closure)`: `closure` computes the loss and its gradients, and gives the loss, which is that
    /// of before the step. Every parameter is without a gradient when it is called.
    ///
    /// # Errors
    /// Those of `closure`, and as [`step`](Self::step).
    fn step_with(
        &mut self,
        closure: &mut dyn FnMut() -> Result<Tensor, TorchError>,
    ) -> Result<Tensor, TorchError> {
        self.zero_grad()?;
        let loss = tch::with_grad(closure)?;
        self.step()?;
        Ok(loss)
    }

    /// The learning rate of the next step, `optimizer.param_groups[0]["lr"]`; zero where there is no
    /// group.
    fn lr(&self) -> f64 {
        self.lrs().first().copied().unwrap_or(0.0)
    }

    /// The learning rates of the next step, `[group["lr"] for group in optimizer.param_groups]`.
    fn lrs(&self) -> Vec<f64>;

    /// Sets the learning rates of the next step, of a group each. As in Python, any number is taken.
    ///
    /// # Errors
    /// More or fewer learning rates than groups; nothing is set then.
    fn set_lrs(&mut self, lrs: &[f64]) -> Result<(), GroupCountError>;

    /// Sets the learning rate of the next step, of every group.
    fn set_lr(&mut self, lr: f64);

    /// The learning rates before any scheduler, `[group["initial_lr"] for group in …]`, which are
    /// those of now if there was none yet.
    fn initial_lrs(&mut self) -> Vec<f64>;

    /// Sets what the learning rates were before any scheduler, of a group each.
    ///
    /// # Errors
    /// More or fewer learning rates than groups; nothing is set then.
    fn set_initial_lrs(&mut self, lrs: &[f64]) -> Result<(), GroupCountError>;

    /// Each group's `momentum`, or the first of its `betas`, to be changed; none where the algorithm
    /// has neither.
    fn momenta(&mut self) -> Option<Vec<&mut f64>>;

    /// What it keeps for a parameter from the first step on.
    fn state_keys(&self) -> Vec<&'static str>;

    /// `optimizer.state_dict()["state"]`: `0.exp_avg` is what is called `exp_avg` for the first
    /// parameter. One that is listed twice has the number of its last place, as in PyTorch. The tensors are the optimiser's own, not copies, and change with the next step.
    fn state_dict(&self) -> Tensors;

    /// `optimizer.load_state_dict`: goes on from the state of another of its kind.
    ///
    /// # Errors
    /// A state of another optimiser or of other parameters; this one is then left as it was.
    fn load_state_dict(&mut self, state: &Tensors) -> Result<(), OptimizerStateError>;
}
