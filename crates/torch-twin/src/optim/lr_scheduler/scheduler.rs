use crate::optim::Optimizer;

/// Sets an optimiser's learning rate for the next epoch.
pub trait LrScheduler {
    /// `scheduler.step()`, after each epoch.
    fn step(&mut self, optimizer: &mut dyn Optimizer);
}
