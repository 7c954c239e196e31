use thiserror::Error;

use crate::TorchError;
use torch_twin_trace::readable_debug;
use torch_twin_trace::trace::StepOrder;

/// Why a step cannot be recorded.
#[derive(Error)]
#[non_exhaustive]
pub enum RecorderError {
    /// A step does not come after the one before.
    #[error(transparent)]
    Order(#[from] StepOrder),
    /// A failure inside libtorch.
    #[error(transparent)]
    Torch(#[from] TorchError),
}

readable_debug!(RecorderError);
