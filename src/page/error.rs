use thiserror::Error;
use torch_twin::TorchError;

use crate::data::DataError;

/// Why there is no page of a network.
#[derive(Debug, Error)]
pub enum PageError {
    /// Values that no colour stands for.
    #[error("{layer} gives values that are infinite or NaN: the weights are too large")]
    NotFinite {
        /// The layer's name in PyTorch.
        layer: String,
    },
    /// The sample's digits cannot be had.
    #[error(transparent)]
    Sample(#[from] DataError),
    /// The contents cannot be written as JSON.
    #[error(transparent)]
    Json(#[from] serde_json::Error),
    /// A failure inside libtorch.
    #[error(transparent)]
    Torch(#[from] TorchError),
}
