//! What sets learning rates from epoch to epoch, as `torch.optim.lr_scheduler`.
//!
//! As there, a scheduler that is made sets the learning rates of the first epoch, and `step` after
//! each epoch those of the next: computed from the last ones, so that the roundings are PyTorch's.

mod by_epoch;
mod constant;
mod cosine_annealing;
mod error;
mod exponential;
mod lambda;
mod linear;
mod multi_step;
mod one_cycle;
mod reduce_on_plateau;
mod scheduler;
mod sequential;
mod step;

pub use by_epoch::ByEpoch;
pub use constant::ConstantLr;
pub use cosine_annealing::CosineAnnealingLr;
pub use error::LrSchedulerError;
pub use exponential::ExponentialLr;
pub use lambda::LambdaLr;
pub use linear::LinearLr;
pub use multi_step::MultiStepLr;
pub use one_cycle::{Anneal, OneCycleLr, OneCycleLrOptions};
pub use reduce_on_plateau::{Mode, ReduceLrOnPlateau, ReduceLrOnPlateauOptions, ThresholdMode};
pub use scheduler::{LrScheduler, Restartable};
pub use sequential::SequentialLr;
pub use step::StepLr;
