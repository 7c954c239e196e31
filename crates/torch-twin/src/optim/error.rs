use thiserror::Error;

use crate::TorchError;
use torch_twin_trace::readable_debug;

/// Why an optimiser cannot be made.
#[derive(Error)]
#[non_exhaustive]
pub enum OptimizerError {
    /// An option is out of its range.
    #[error("{name} is {value}; expected {expected}")]
    Argument {
        /// PyTorch's name of the argument.
        name: &'static str,
        /// Its value.
        value: f64,
        /// What it may be.
        expected: &'static str,
    },
    /// Nesterov's momentum without a momentum, or with dampening.
    #[error("Nesterov momentum requires a momentum and zero dampening")]
    Nesterov,
    /// There is nothing to train.
    #[error("the optimiser got an empty parameter list")]
    NoParameters,
    /// A tensor without a value.
    #[error("parameter {index} is an undefined tensor")]
    Undefined {
        /// Its number among those of all groups.
        index: usize,
    },
    /// A tensor that was computed, and gets no gradient of its own.
    #[error("parameter {index} is not a leaf: train what it was computed from")]
    NotALeaf {
        /// Its number among those of all groups.
        index: usize,
    },
    /// A parameter in two groups.
    #[error("parameter {index} appears in more than one parameter group")]
    InTwoGroups {
        /// Its number, in the second of the groups, among those of all groups.
        index: usize,
    },
    /// A failure inside libtorch, for example too little memory.
    #[error(transparent)]
    Torch(#[from] TorchError),
}

readable_debug!(OptimizerError);

/// A list that does not have one value for each group of parameters.
#[derive(Clone, Copy, Error, PartialEq, Eq)]
#[error("{values} learning rates for {groups} groups of parameters; give one for each group")]
pub struct GroupCountError {
    /// How many groups the optimiser has.
    pub groups: usize,
    /// How many values the list has.
    pub values: usize,
}

readable_debug!(GroupCountError);
