use tch::Tensor;

use super::deep_copy::deep_copy_by_clone;
use super::{Forward, ForwardPass, Module};
use crate::TorchError;

/// `torch.nn.Flatten()`: N × … to N × the product of the rest.
#[derive(Clone, Copy, Debug)]
pub struct Flatten;

/// `torch.nn.Identity()`: what comes in goes out.
#[derive(Clone, Copy, Debug)]
pub struct Identity;

impl Forward for Flatten {
    /// N × … to N × M.
    fn forward(&self, input: &Tensor, _pass: &mut ForwardPass<'_>) -> Result<Tensor, TorchError> {
        Ok(input.f_flatten(1, -1)?)
    }
}

impl Forward for Identity {
    /// Any shape to the same.
    fn forward(&self, input: &Tensor, _pass: &mut ForwardPass<'_>) -> Result<Tensor, TorchError> {
        Ok(input.shallow_clone())
    }
}

impl Module for Flatten {
    deep_copy_by_clone!();
}

impl Module for Identity {
    deep_copy_by_clone!();
}
