//! Optimisers, as `torch.optim`: the default, single-tensor arithmetic of Python, rounding by
//! rounding.
//!
//! libtorch has optimisers too (`torch::optim`, behind `tch::nn`). They compute the same formulas
//! in another order, so their results differ in the last bits from the first step on.

mod adam;
mod adamw;
mod lr_scheduler;
mod sgd;
mod state;

pub use adam::Adam;
pub use adamw::AdamW;
pub use lr_scheduler::{LrScheduler, Schedule};
pub use sgd::Sgd;
pub use state::{OptimizerState, OptimizerStateError};

use clap::ValueEnum;
use serde::{Deserialize, Serialize};
use tch::Tensor;

use crate::TorchError;

/// What trains tensors, given their gradients, as `torch.optim.Optimizer`.
pub trait Optimizer {
    /// The tensors that this optimiser trains; [`Optimizer::step`] takes their gradients in this
    /// order.
    fn parameters(&self) -> &[Tensor];

    /// Updates every parameter, given its gradient.
    ///
    /// # Errors
    /// What libtorch refuses, gradients of other shapes above all.
    fn step(&mut self, gradients: &[Tensor]) -> Result<(), TorchError>;

    /// The learning rate of the next step, as `optimizer.param_groups[0]["lr"]`.
    fn lr(&self) -> f64;

    /// Sets the learning rate of the next step.
    fn set_lr(&mut self, lr: f64);

    /// What the steps so far have left, as `optimizer.state_dict()["state"]`.
    fn state(&self) -> OptimizerState;

    /// Goes on from a state, as `optimizer.load_state_dict`.
    ///
    /// # Errors
    /// A state of another optimiser or of other parameters; this one is then left as it was.
    fn set_state(&mut self, state: &OptimizerState) -> Result<(), OptimizerStateError>;
}

/// An optimiser that can be chosen by name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ValueEnum)]
#[serde(rename_all = "lowercase")]
#[value(rename_all = "lower")]
pub enum OptimizerKind {
    /// [`Adam`].
    Adam,
    /// [`AdamW`].
    AdamW,
    /// [`Sgd`].
    Sgd,
}

/// `tensor.add(other, alpha=alpha)`.
///
/// tch's additions take no `alpha`. libtorch computes `tensor + alpha · other` with a fused
/// multiply-add where its CPU kernels have one, and rounds twice where they have none;
/// `addcmul` does so in the same places.
fn add_scaled(tensor: &Tensor, other: &Tensor, alpha: f64) -> Result<Tensor, TorchError> {
    let alpha = Tensor::f_full([1], alpha, (other.kind(), other.device()))?;
    Ok(tensor.f_addcmul(other, &alpha)?)
}

/// `tensor.add_(other, alpha=alpha)`, in the manner of [`add_scaled`].
fn add_scaled_(tensor: &mut Tensor, other: &Tensor, alpha: f64) -> Result<(), TorchError> {
    let alpha = Tensor::f_full([1], alpha, (other.kind(), other.device()))?;
    let _ = tensor.f_addcmul_(other, &alpha)?;
    Ok(())
}
