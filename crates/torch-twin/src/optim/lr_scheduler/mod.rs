//! What sets the learning rate from epoch to epoch, as `torch.optim.lr_scheduler`.

mod constant;
mod cosine_annealing;
mod scheduler;

pub use constant::ConstantLr;
pub use cosine_annealing::CosineAnnealingLr;
pub use scheduler::LrScheduler;
