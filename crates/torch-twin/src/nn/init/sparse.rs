use tch::Tensor;

use super::normal_;
use crate::{Generator, TorchError};

/// `torch.nn.init.sparse_(tensor, sparsity, std)`: normal, with so large a part of each column set to
/// zero. PyTorch's default of `std` is 0.01; it draws the places from the default generator, which is
/// `generator` here.
///
/// # Errors
/// A tensor that has not two dimensions.
pub fn sparse_(
    tensor: &mut Tensor,
    sparsity: f64,
    std: f64,
    generator: &mut Generator,
) -> Result<(), TorchError> {
    let &[rows, columns] = &tensor.size()[..] else {
        return Err(TorchError::new("sparse_ wants a tensor of two dimensions"));
    };
    let zeros = (sparsity * rows as f64).ceil() as i64;
    normal_(tensor, 0.0, std, generator)?;
    let _no_grad = tch::no_grad_guard();
    for column in 0..columns {
        let places = generator.randperm(rows as usize)?;
        let places = places.f_narrow(0, 0, zeros.clamp(0, rows))?;
        let _ = tensor.f_select(1, column)?.f_index_fill_(0, &places, 0.0)?;
    }
    Ok(())
}
