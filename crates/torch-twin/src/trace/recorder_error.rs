use thiserror::Error;

use crate::TorchError;
use crate::error::readable_debug;

/// Why a step cannot be recorded.
#[derive(Error)]
#[non_exhaustive]
pub enum RecorderError {
    /// A step does not come after the one before.
    #[error(
        "step {number} begins after step {last}: number the steps upwards, and record weights within their step"
    )]
    Order {
        /// The step.
        number: u64,
        /// The one before.
        last: u64,
    },
    /// A failure inside libtorch.
    #[error(transparent)]
    Torch(#[from] TorchError),
}

readable_debug!(RecorderError);
