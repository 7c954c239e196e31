use std::borrow::Cow;
use std::ops::Deref;

use tch::Tensor;

use super::{Forward, ForwardPass, Outputs};
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

    /// What `forward` makes of `inputs` by the module, of which the hook of `pass` is told: for modules
    /// that take or give something else than one tensor. In Python `self.attn(q, k, v)`.
    ///
    /// # Errors
    /// What `forward` refuses.
    pub fn call_by<R: Outputs>(
        &self,
        inputs: &[&Tensor],
        pass: &mut ForwardPass<'_>,
        forward: impl FnOnce(&M, &mut ForwardPass<'_>) -> Result<R, TorchError>,
    ) -> Result<R, TorchError> {
        pass.call(&self.name, inputs, |pass| forward(&self.module, pass))
    }
}

impl<M: Forward> Child<M> {
    /// The module's output for `input`, of which the hook of `pass` is told; in Python
    /// `self.conv1(input)`.
    ///
    /// # Errors
    /// What libtorch refuses, a wrong shape above all.
    pub fn call(&self, input: &Tensor, pass: &mut ForwardPass<'_>) -> Result<Tensor, TorchError> {
        self.call_by(&[input], pass, |module, pass| module.forward(input, pass))
    }
}

impl<M> Deref for Child<M> {
    type Target = M;

    fn deref(&self) -> &M {
        &self.module
    }
}
