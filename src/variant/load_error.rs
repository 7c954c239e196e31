use std::fmt;

use thiserror::Error;
use torch_twin::TorchError;
use torch_twin::weights::{Fault, WeightsError};

/// Why a file gave no network.
#[derive(Debug, Error)]
pub enum LoadError {
    /// The file cannot be read.
    #[error(transparent)]
    Weights(#[from] WeightsError),
    /// The file says that it is of a variant that does not exist.
    #[error(
        "says that it is of the variant {name:?}, which this program does not know; name one with \
         --variant"
    )]
    UnknownVariant {
        /// The variant's name.
        name: String,
    },
    /// The tensors of a file are not those of a variant.
    #[error("not the weights of {variant}:{}", Lines(faults))]
    NotOfVariant {
        /// The variant's name.
        variant: &'static str,
        /// Every fault, in the network's order.
        faults: Vec<Fault>,
    },
    /// A failure inside libtorch.
    #[error(transparent)]
    Torch(#[from] TorchError),
}

/// Each fault on a line of its own.
struct Lines<'a>(&'a [Fault]);

impl fmt::Display for Lines<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|fault| write!(f, "\n  {fault}"))
    }
}
