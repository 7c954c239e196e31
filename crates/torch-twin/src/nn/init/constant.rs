use tch::Tensor;

use crate::{TorchError, native};

/// `torch.nn.init.constant_(tensor, val)`.
///
/// # Errors
/// What libtorch refuses.
pub fn constant_(tensor: &mut Tensor, val: f64) -> Result<(), TorchError> {
    let _no_grad = tch::no_grad_guard();
    native::fill_(tensor, val)
}

/// `torch.nn.init.ones_(tensor)`.
///
/// # Errors
/// What libtorch refuses.
pub fn ones_(tensor: &mut Tensor) -> Result<(), TorchError> {
    constant_(tensor, 1.0)
}

/// `torch.nn.init.zeros_(tensor)`.
///
/// # Errors
/// What libtorch refuses.
pub fn zeros_(tensor: &mut Tensor) -> Result<(), TorchError> {
    constant_(tensor, 0.0)
}

/// `torch.nn.init.eye_(tensor)`: ones along the diagonal, zeros elsewhere.
///
/// # Errors
/// A tensor that has not two dimensions.
pub fn eye_(tensor: &mut Tensor) -> Result<(), TorchError> {
    let &[rows, columns] = &tensor.size()[..] else {
        return Err(TorchError::new("eye_ wants a tensor of two dimensions"));
    };
    let eye = Tensor::f_eye_m(rows, columns, (tensor.f_kind()?, tensor.device()))?;
    let _no_grad = tch::no_grad_guard();
    tensor.f_copy_(&eye)?;
    Ok(())
}

/// `torch.nn.init.dirac_(tensor, groups)`: a convolution that gives its input as it is.
///
/// # Errors
/// A tensor that has not three to five dimensions, or output channels that `groups` does not divide.
pub fn dirac_(tensor: &mut Tensor, groups: usize) -> Result<(), TorchError> {
    let size = tensor.size();
    let [outputs, inputs, kernel @ ..] = &size[..] else {
        return Err(TorchError::new(
            "dirac_ wants a tensor of 3, 4 or 5 dimensions",
        ));
    };
    let groups = i64::try_from(groups).unwrap_or(i64::MAX);
    if !(1..=3).contains(&kernel.len()) {
        return Err(TorchError::new(
            "dirac_ wants a tensor of 3, 4 or 5 dimensions",
        ));
    }
    if groups == 0 || outputs % groups != 0 {
        return Err(TorchError::new("dim 0 must be divisible by groups"));
    }
    zeros_(tensor)?;
    let _no_grad = tch::no_grad_guard();
    let of_group = outputs / groups;
    // Any number of groups divides no outputs.
    for group in 0..groups.min(*outputs) {
        for channel in 0..of_group.min(*inputs) {
            let mut place = tensor
                .f_select(0, group * of_group + channel)?
                .f_select(0, channel)?;
            for side in kernel {
                place = place.f_select(0, side / 2)?;
            }
            native::fill_(&mut place, 1.0)?;
        }
    }
    Ok(())
}
