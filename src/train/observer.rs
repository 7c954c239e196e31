use std::io;

use super::{EpochMetrics, Step};

/// Told how a [`Run`](super::Run) goes, and asked whether it is to stop.
pub trait Observer {
    /// A step was done in the epoch of this number, from 1.
    fn step(&mut self, epoch: u32, step: &Step);

    /// An epoch was done, and is in a checkpoint.
    ///
    /// # Errors
    /// Whatever is to stop the run.
    fn epoch(&mut self, metrics: &EpochMetrics) -> io::Result<()>;

    /// Whether to stop after the current step.
    fn is_interrupted(&self) -> bool;
}

/// An [`Observer`] that says nothing and stops nothing.
pub struct Quiet;

impl Observer for Quiet {
    fn step(&mut self, _epoch: u32, _step: &Step) {}

    fn epoch(&mut self, _metrics: &EpochMetrics) -> io::Result<()> {
        Ok(())
    }

    fn is_interrupted(&self) -> bool {
        false
    }
}
