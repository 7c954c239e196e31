use super::LrSchedulerError;
use crate::optim::Optimizer;

/// Sets an optimiser's learning rates for the next epoch, as
/// `torch.optim.lr_scheduler.LRScheduler`.
pub trait LrScheduler {
    /// `scheduler.step()`, after each epoch.
    ///
    /// # Errors
    /// A schedule of a fixed length that is at its end.
    fn step(&mut self, optimizer: &mut dyn Optimizer) -> Result<(), LrSchedulerError>;
}

/// A scheduler that can be one of several, one after the other.
pub trait Restartable: LrScheduler {
    /// Takes back that it set the learning rates when it was made.
    fn undo_initial_step(&mut self);

    /// Sets the learning rates as when it was made.
    ///
    /// # Errors
    /// As [`LrScheduler::step`].
    fn initial_step(&mut self, optimizer: &mut dyn Optimizer) -> Result<(), LrSchedulerError>;

    /// Begins, after others have set the learning rates.
    ///
    /// # Errors
    /// As [`LrScheduler::step`].
    fn restart(&mut self, optimizer: &mut dyn Optimizer) -> Result<(), LrSchedulerError>;
}
