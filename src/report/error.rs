use thiserror::Error;
use torch_twin::TorchError;

use crate::figure::FigureError;

/// Why a run cannot be reported on.
#[derive(Debug, Error)]
pub enum ReportError {
    /// A figure cannot be drawn.
    #[error(transparent)]
    Figure(#[from] FigureError),
    /// A failure inside libtorch.
    #[error(transparent)]
    Torch(#[from] TorchError),
}
