use thiserror::Error;
use torch_twin::optim::lr_scheduler::LrSchedulerError;
use torch_twin::optim::{OptimizerError, OptimizerStateError};
use torch_twin::weights::WeightsError;
use torch_twin::{GeneratorStateError, TorchError};

/// Why a step of training failed.
#[derive(Debug, Error)]
pub enum TrainError {
    /// The loss is infinite or not a number.
    #[error(
        "the loss is {loss} in epoch {epoch}, step {step}, at the learning rate {lr}: \
         training has diverged; a lower learning rate may help"
    )]
    Loss {
        /// The epoch's number, from 1.
        epoch: u32,
        /// The step's number in its epoch, from 1.
        step: usize,
        /// The learning rate of that step.
        lr: f64,
        /// The loss.
        loss: f64,
    },
    /// Weights are infinite or not a number.
    #[error(
        "weights are no longer finite in epoch {epoch}, after step {step}, at the learning rate \
         {lr}: training has diverged; a lower learning rate may help"
    )]
    Weights {
        /// The epoch's number, from 1.
        epoch: u32,
        /// The step's number in its epoch, from 1.
        step: usize,
        /// The learning rate of that step.
        lr: f64,
    },
    /// The loss on the images held out is infinite or not a number.
    #[error(
        "the loss on the images held out is {loss} after epoch {epoch}, at the learning rate {lr}: \
         training has diverged; a lower learning rate may help"
    )]
    ValidationLoss {
        /// The epoch's number, from 1.
        epoch: u32,
        /// The learning rate that follows.
        lr: f64,
        /// The loss.
        loss: f64,
    },
    /// The schedule of the learning rate.
    #[error(transparent)]
    LrScheduler(#[from] LrSchedulerError),
    /// The recipe's options are out of their range.
    #[error("the optimiser: {0}")]
    Optimizer(#[from] OptimizerError),
    /// A failure inside libtorch.
    #[error(transparent)]
    Torch(#[from] TorchError),
}

/// Why a trainer cannot go on from a state.
#[derive(Debug, Error)]
pub enum RestoreError {
    /// The weights are not those of the network.
    #[error(transparent)]
    Weights(#[from] WeightsError),
    /// The schedule of the learning rate.
    #[error(transparent)]
    LrScheduler(#[from] LrSchedulerError),
    /// The optimiser's state is not that of its parameters.
    #[error("the optimiser's state: {0}")]
    Optimizer(#[from] OptimizerStateError),
    /// The generator's state is none.
    #[error("the generator's state: {0}")]
    Generator(#[from] GeneratorStateError),
    /// A tensor that every training of this kind has.
    #[error("the tensor {0} is missing")]
    Missing(String),
    /// A tensor that no training has.
    #[error("the tensor {0} is none of a training's")]
    Unexpected(String),
    /// The optimiser has not taken as many steps as the training.
    #[error("the tensor {0} is not the training's count of steps")]
    Step(String),
    /// A place that the training does not have.
    #[error("step {step} of epoch {} is beyond the training's end", epoch + 1)]
    Progress {
        /// Whole epochs done.
        epoch: u32,
        /// Steps done after them.
        step: usize,
    },
    /// A failure inside libtorch.
    #[error(transparent)]
    Torch(#[from] TorchError),
}
