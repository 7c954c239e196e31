use tch::Tensor;

use super::normal_;
use crate::{Generator, TorchError, native};

/// `torch.nn.init.orthogonal_(tensor, gain, generator)`: an orthogonal matrix, if all dimensions but the
/// first are taken as one. PyTorch's default of gain is 1.
///
/// # Errors
/// A tensor of fewer than two dimensions.
pub fn orthogonal_(
    tensor: &mut Tensor,
    gain: f64,
    generator: &mut Generator,
) -> Result<(), TorchError> {
    let size = tensor.size();
    if size.len() < 2 {
        let words = "orthogonal_ wants a tensor of at least two dimensions";
        return Err(TorchError::new(words));
    }
    if tensor.numel() == 0 {
        return Ok(());
    }
    let _no_grad = tch::no_grad_guard();
    let (rows, columns) = (size[0], tensor.numel() as i64 / size[0]);
    let mut drawn = tensor.f_new_empty([rows, columns], (tensor.f_kind()?, tensor.device()))?;
    normal_(&mut drawn, 0.0, 1.0, generator)?;
    let is_wide = rows < columns;
    if is_wide {
        drawn = drawn.f_tr()?;
    }
    let (q, r) = Tensor::f_linalg_qr(&drawn, "reduced")?;
    // Of several decompositions the one whose r has a positive diagonal.
    let signs = r.f_diag(0)?.f_sign()?;
    let mut orthogonal = q.f_mul(&signs)?;
    if is_wide {
        orthogonal = orthogonal.f_tr()?;
    }
    tensor.f_copy_(&orthogonal.f_reshape(&size)?)?;
    native::mul_(tensor, gain)
}
