use tch::Tensor;

use crate::{Generator, TorchError};

/// `torch.nn.init.uniform_(tensor, a, b, generator)`; PyTorch's defaults are 0 and 1.
///
/// # Errors
/// What libtorch refuses, an `a` above `b` above all.
pub fn uniform_(
    tensor: &mut Tensor,
    a: f64,
    b: f64,
    generator: &mut Generator,
) -> Result<(), TorchError> {
    let _no_grad = tch::no_grad_guard();
    generator.uniform_(tensor, a, b)
}

/// `torch.nn.init.normal_(tensor, mean, std, generator)`; PyTorch's defaults are 0 and 1.
///
/// # Errors
/// What libtorch refuses, a negative `std` above all.
pub fn normal_(
    tensor: &mut Tensor,
    mean: f64,
    std: f64,
    generator: &mut Generator,
) -> Result<(), TorchError> {
    let _no_grad = tch::no_grad_guard();
    generator.normal_(tensor, mean, std)
}
