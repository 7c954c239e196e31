use thiserror::Error;

use crate::optim::GroupCountError;
use torch_twin_trace::readable_debug;

/// Why a schedule cannot be, or cannot go on.
#[derive(Clone, Error, PartialEq)]
#[non_exhaustive]
pub enum LrSchedulerError {
    /// An argument is out of its range.
    #[error("{name} is {value}; expected {expected}")]
    Argument {
        /// PyTorch's name of the argument.
        name: &'static str,
        /// Its value.
        value: f64,
        /// What it may be.
        expected: &'static str,
    },
    /// A list is not as long as another demands.
    #[error("{schedulers} schedulers want one milestone less, and there are {milestones}")]
    Milestones {
        /// How many schedulers there are.
        schedulers: usize,
        /// How many milestones there are.
        milestones: usize,
    },
    /// The optimiser has neither a momentum nor betas.
    #[error("the optimiser has no momentum to cycle")]
    NoMomentum,
    /// The optimiser has not as many groups of parameters as the one that the scheduler was made for.
    #[error(transparent)]
    Groups(#[from] GroupCountError),
    /// A division by zero, which Python raises as an error.
    #[error("division by zero: the schedule's arguments leave nothing to divide by")]
    DivisionByZero,
    /// A schedule of a fixed length is at its end.
    #[error("the schedule has {total_steps} steps, and all are done")]
    Finished {
        /// Its length.
        total_steps: u64,
    },
}

readable_debug!(LrSchedulerError);
