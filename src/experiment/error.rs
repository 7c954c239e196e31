use thiserror::Error;
use torch_twin::TorchError;

/// Why the experiment came to no result.
#[derive(Debug, Error)]
pub enum ExperimentError {
    /// The plot cannot be drawn.
    #[error("the plot cannot be drawn: {0}")]
    Plot(String),
    /// A failure inside libtorch.
    #[error(transparent)]
    Torch(#[from] TorchError),
}
