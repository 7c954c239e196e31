use tch::Tensor;

use crate::TorchError;

/// The channels that a convolution by `weight` takes; none where the weight is no weight.
pub fn in_channels(weight: &Tensor, groups: i64) -> Option<i64> {
    weight.size().get(1)?.checked_mul(groups)
}

/// The error of a convolution over `sides` sides that takes `expected` channels: where the channels are wrong,
/// libtorch's sentence is long, and begins with what is right.
pub fn explain(
    error: impl Into<TorchError>,
    input: &Tensor,
    sides: usize,
    expected: Option<i64>,
) -> TorchError {
    let size = input.size();
    // With or without a batch.
    let channels = match size.len().checked_sub(sides) {
        Some(place @ (1 | 2)) => Some(size[place - 1]),
        _ => None,
    };
    match (expected, channels) {
        (Some(expected), Some(channels)) if expected != channels => {
            TorchError::new(&format!("expected {expected} channels, got {channels}"))
        }
        _ => error.into(),
    }
}
