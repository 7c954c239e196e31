use thiserror::Error;
use torch_twin::TorchError;

/// Why a network became no ONNX model.
#[derive(Debug, Error)]
pub enum OnnxError {
    /// A tensor that the network does not have.
    #[error("the network has no {name}")]
    Missing {
        /// The tensor's name in the `state_dict`.
        name: String,
    },
    /// A tensor of another shape than its layer needs for what comes to it.
    #[error("{name}: expected shape {expected:?}, found {found:?}")]
    Shape {
        /// The tensor's name in the `state_dict`.
        name: String,
        /// The shape that fits.
        expected: Vec<i64>,
        /// The tensor's.
        found: Vec<i64>,
    },
    /// A layer that cannot take what the layer before it gives.
    #[error("{layer} takes {expected}, not {found}")]
    Input {
        /// The layer's name in PyTorch.
        layer: String,
        /// What it takes, in words.
        expected: &'static str,
        /// What comes to it.
        found: String,
    },
    /// A graph that does not end with logits.
    #[error("the network gives {found}, not a logit for each of {classes} classes")]
    Logits {
        /// The classes.
        classes: usize,
        /// What it gives.
        found: String,
    },
    /// A failure inside libtorch.
    #[error(transparent)]
    Torch(#[from] TorchError),
}
