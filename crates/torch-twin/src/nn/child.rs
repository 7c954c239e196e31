use std::borrow::Cow;
use std::ops::Deref;

use tch::Tensor;

use super::{Forward, ForwardPass};
use crate::TorchError;

/// A module as an attribute of another: it knows its name there, as in `named_children()`.
pub struct Child<M> {
    name: Cow<'static, str>,
    module: M,
}

impl<M> Child<M> {
    /// `module` as the attribute `name`.
    pub fn new(name: impl Into<Cow<'static, str>>, module: M) -> Self {
        Self {
            name: name.into(),
            module,
        }
    }

    /// The attribute's name.
    pub fn name(&self) -> &str {
        &self.name
    }
}

impl<M: Forward> Child<M> {
    /// The module's output for `input`, of which the hook of `pass` is told; in Python
    /// `self.conv1(input)`.
    ///
    /// # Errors
    /// What libtorch refuses, a wrong shape above all.
    pub fn call(&self, input: &Tensor, pass: &mut ForwardPass<'_>) -> Result<Tensor, TorchError> {
        pass.call(&self.name, |pass| self.module.forward(input, pass))
    }
}

impl<M> Deref for Child<M> {
    type Target = M;

    fn deref(&self) -> &M {
        &self.module
    }
}
