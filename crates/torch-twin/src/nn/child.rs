use std::borrow::Cow;

use super::{Forward, ForwardPass, Memo, Module, TensorTree};
use crate::TorchError;

/// A module as an attribute of another: it knows its name there, as in `named_children()`.
///
/// `self.conv1.forward(&x, pass)` calls it as `self.conv1(x)` does in Python: the hook of `pass` sees the
/// call, and the modules within go by their full names. The module's other methods and fields are not
/// those of the child, so that no call goes around the hook by mistake:
///
/// ```compile_fail,E0599
/// # use tch::Tensor;
/// # use torch_twin::TorchError;
/// # use torch_twin::nn::{Child, ForwardPass};
/// struct Encoder;
///
/// impl Encoder {
///     fn features(&self, x: &Tensor, pass: &mut ForwardPass<'_>) -> Result<Tensor, TorchError> {
///         Ok(x.shallow_clone())
///     }
/// }
///
/// fn call(encoder: &Child<Encoder>, x: &Tensor, pass: &mut ForwardPass<'_>) {
///     let _ = encoder.features(x, pass); // encoder.within(pass, |encoder, pass| encoder.features(x, pass))
/// }
/// ```
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

    /// The module itself, for its tensors and options, such as `self.wte.module().weight`. To compute, call
    /// the child: no hook sees what is called on the module.
    pub fn module(&self) -> &M {
        &self.module
    }

    /// Calls a method of the module other than `forward`, as `self.encoder.forward_features(x)` in Python:
    /// the hook of `pass` sees the modules within, by their full names, but not the module itself.
    ///
    /// # Errors
    /// Those of `call`.
    pub fn within<'p, R>(
        &self,
        pass: &mut ForwardPass<'p>,
        call: impl FnOnce(&M, &mut ForwardPass<'p>) -> Result<R, TorchError>,
    ) -> Result<R, TorchError> {
        pass.within(&self.name, |pass| call(&self.module, pass))
    }
}

impl<M: Module> Child<M> {
    /// A copy of the child within one of its parent, for [`Module::deep_copy_with`].
    ///
    /// # Errors
    /// A module that cannot be copied, and what libtorch refuses.
    #[inline(never)]
    pub fn deep_copy_with(&self, memo: &mut Memo) -> Result<Self, TorchError> {
        let copy = self.module.deep_copy_with(memo);
        Ok(Self {
            name: self.name.clone(),
            module: copy.map_err(|error| error.within(&self.name))?,
        })
    }

    /// Name and module, for [`Module::children`].
    #[inline(never)]
    pub fn named(&self) -> (&str, &dyn Module) {
        let module: &dyn Module = &self.module;
        (&self.name, module.unboxed().unwrap_or(module))
    }
}

impl<Inputs: TensorTree, Output: TensorTree, M: Forward<Inputs, Output>> Forward<Inputs, Output>
    for Child<M>
{
    fn forward(&self, inputs: &Inputs, pass: &mut ForwardPass<'_>) -> Result<Output, TorchError> {
        pass.call(&self.name, inputs, |pass| self.module.forward(inputs, pass))
    }
}
