use crate::{Generator, TorchError, native};
use tch::Tensor;

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
