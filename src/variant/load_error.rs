use thiserror::Error;
use torch_twin::TorchError;
use torch_twin::weights::{Fault, FaultList, WeightsError};

/// Why a file gave no network.
#[derive(Debug, Error)]
pub enum LoadError {
    /// The file cannot be read.
    #[error(transparent)]
    Weights(#[from] WeightsError),
    /// A folder that is not that of a finished run.
    #[error("a folder without model.safetensors: no run has ended there, and it is not a file")]
    NoFinishedRun,
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
    #[error("not the weights of {variant}:{}", FaultList(faults))]
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
