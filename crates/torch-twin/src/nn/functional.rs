//! Functions without parameters, as `torch.nn.functional`, that take more in tch than in Python.

use tch::{Reduction, Tensor};

use crate::{TorchError, native};

/// `F.cross_entropy(logits, labels)`: the mean over N×classes `logits` and N int64 `labels`.
///
/// # Errors
/// What libtorch refuses, a label that is no class above all.
pub fn cross_entropy(logits: &Tensor, labels: &Tensor) -> Result<Tensor, TorchError> {
    const IGNORE_INDEX: i64 = -100; // PyTorch's default; no label has it.
    let (no_weight, mean) = (None::<&Tensor>, Reduction::Mean);
    Ok(logits.f_cross_entropy_loss(labels, no_weight, mean, IGNORE_INDEX, 0.0)?)
}

/// `F.avg_pool2d(input, kernel_size, stride)`.
///
/// # Errors
/// What libtorch refuses, an input smaller than the window above all.
pub fn avg_pool2d(input: &Tensor, kernel_size: i64, stride: i64) -> Result<Tensor, TorchError> {
    native::avg_pool2d(input, kernel_size, stride)
}

/// `F.max_pool2d(input, kernel_size, stride)`.
///
/// # Errors
/// What libtorch refuses, an input smaller than the window above all.
pub fn max_pool2d(input: &Tensor, kernel_size: i64, stride: i64) -> Result<Tensor, TorchError> {
    native::max_pool2d(input, kernel_size, stride)
}
