use tch::{Device, Kind, Tensor};

use crate::TorchError;

/// By what a normalised value is multiplied, and what is added to it, if anything.
pub struct Affine {
    pub weight: Option<Tensor>,
    pub bias: Option<Tensor>,
}

impl Affine {
    /// Ones and zeros of `size`, as far as asked for.
    pub fn new(size: &[i64], weight: bool, bias: bool) -> Result<Self, TorchError> {
        let float = (Kind::Float, Device::Cpu);
        let parameter = |tensor: Tensor| tensor.set_requires_grad(true);
        Ok(Self {
            weight: match weight {
                true => Some(parameter(Tensor::f_ones(size, float)?)),
                false => None,
            },
            bias: match bias {
                true => Some(parameter(Tensor::f_zeros(size, float)?)),
                false => None,
            },
        })
    }
}
