use std::any::Any;

use tch::{Device, Kind, Tensor};

use super::{Memo, StateDict};
use crate::TorchError;

/// What has parameters, buffers and children, as `torch.nn.Module`.
///
/// A module made of others is best written with [`module!`](crate::module!), which lists them. One that holds
/// tensors itself names them here, in PyTorch's order.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no module",
    note = "a line of `module!` that declares no module begins with `param`, `buffer` or `field`"
)]
pub trait Module: AsModule + Any {
    /// The module's own trained tensors, as `named_parameters(recurse=False)`.
    fn own_parameters(&self) -> Vec<(&str, &Tensor)> {
        Vec::new()
    }

    /// The module's own other tensors that belong into a file, as `named_buffers(recurse=False)`.
    fn own_buffers(&self) -> Vec<(&str, &Tensor)> {
        Vec::new()
    }

    /// The modules in this one, as `named_children()`; of a child it is [`Child::named`](super::Child::named).
    fn children(&self) -> Vec<(&str, &dyn Module)> {
        Vec::new()
    }

    /// The module in this one, if this is a box.
    #[doc(hidden)]
    fn unboxed(&self) -> Option<&dyn Module> {
        None
    }

    /// `module.state_dict()`; the tensors are shared with the module.
    fn state_dict(&self) -> StateDict {
        let mut state_dict = StateDict::default();
        for (name, module) in self.named_modules() {
            let full = |own: &str| match name.is_empty() {
                true => own.to_owned(),
                false => format!("{name}.{own}"),
            };
            for (own, tensor) in module.own_parameters() {
                state_dict.add_parameter(full(own), tensor);
            }
            for (own, tensor) in module.own_buffers() {
                state_dict.add_buffer(full(own), tensor);
            }
        }
        state_dict
    }

    /// `list(module.parameters())`, as an optimiser takes them: the trained tensors of this module and of all
    /// in it. One that has several names, as tied weights have, comes once.
    fn parameters(&self) -> Vec<Tensor> {
        let named = self.named_parameters().into_iter();
        named.map(|(_, tensor)| tensor).collect()
    }

    /// `list(module.named_parameters())`.
    fn named_parameters(&self) -> Vec<(String, Tensor)> {
        let state_dict = self.state_dict();
        let named = |entry: &super::Entry| (entry.name.clone(), entry.tensor.shallow_clone());
        state_dict.parameters().map(named).collect()
    }

    /// `list(module.buffers())`: the other tensors of this module and of all in it.
    fn buffers(&self) -> Vec<Tensor> {
        let named = self.named_buffers().into_iter();
        named.map(|(_, tensor)| tensor).collect()
    }

    /// `list(module.named_buffers())`.
    fn named_buffers(&self) -> Vec<(String, Tensor)> {
        let state_dict = self.state_dict();
        let named = |entry: &super::Entry| (entry.name.clone(), entry.tensor.shallow_clone());
        state_dict.buffers().map(named).collect()
    }

    /// `list(module.modules())`: this module and all in it.
    /// [`downcast_ref`](trait.Module.html#method.downcast_ref) tells what each is.
    fn modules(&self) -> Vec<&dyn Module> {
        let named = self.named_modules().into_iter();
        named.map(|(_, module)| module).collect()
    }

    /// `list(module.named_modules())`: this module by the name of none, then all in it, each before its
    /// children.
    fn named_modules(&self) -> Vec<(String, &dyn Module)> {
        let mut all = Vec::new();
        collect(String::new(), self.as_module(), &mut all);
        all
    }

    /// `module.apply(function)`: for every module, each after its children.
    ///
    /// ```
    /// use torch_twin::Generator;
    /// use torch_twin::nn::{Conv2d, Linear, Module, init, sequential};
    ///
    /// // def init_weights(m):
    /// //     if isinstance(m, nn.Linear):
    /// //         nn.init.ones_(m.weight)
    /// // net.apply(init_weights)
    /// let mut generator = Generator::manual_seed(0);
    /// let net = sequential![Conv2d::new(1, 2, 3, &mut generator)?, Linear::new(4, 4, &mut generator)?];
    /// net.apply(&mut |module| {
    ///     if let Some(linear) = module.downcast_ref::<Linear>() {
    ///         init::ones_(&mut linear.weight.shallow_clone())?;
    ///     }
    ///     Ok(())
    /// })?;
    /// assert_eq!(net.parameters()[2].min().double_value(&[]), 1.0);
    /// # Ok::<(), torch_twin::TorchError>(())
    /// ```
    ///
    /// # Errors
    /// The first of `function`.
    fn apply(
        &self,
        function: &mut dyn FnMut(&dyn Module) -> Result<(), TorchError>,
    ) -> Result<(), TorchError> {
        for (_, child) in self.children() {
            child.apply(function)?;
        }
        function(self.as_module())
    }

    /// `copy.deepcopy(module)`: a module of the same kind and values, which shares no tensor with this one.
    /// Tensors that are one here, as tied weights are, are one there.
    ///
    /// ```
    /// use torch_twin::Generator;
    /// use torch_twin::nn::{Linear, Module, Relu, sequential};
    ///
    /// let mut generator = Generator::manual_seed(0);
    /// let net = sequential![Linear::new(4, 4, &mut generator)?, Relu];
    /// let copy = net.deep_copy()?;
    /// assert_eq!(copy.state_dict().sha256()?, net.state_dict().sha256()?);
    /// # Ok::<(), torch_twin::TorchError>(())
    /// ```
    ///
    /// # Errors
    /// A module or a field that cannot be copied, and what libtorch refuses, too little memory above all.
    fn deep_copy(&self) -> Result<Self, TorchError>
    where
        Self: Sized,
    {
        self.deep_copy_with(&mut Memo::default())
    }

    /// [`deep_copy`](Self::deep_copy) as a part of a larger one, which `memo` remembers. The layers here and all
    /// modules made by [`module!`](crate::module!) have it; one that is written by hand needs it to be copied.
    ///
    /// # Errors
    /// Those of [`deep_copy`](Self::deep_copy).
    fn deep_copy_with(&self, _memo: &mut Memo) -> Result<Self, TorchError>
    where
        Self: Sized,
    {
        Err(TorchError::new(&format!(
            "{} cannot be copied: it has no method `deep_copy_with`",
            std::any::type_name::<Self>()
        )))
    }

    /// Takes the values of `other`, a module with the same names and shapes, as by
    /// `module.load_state_dict(other.state_dict())`.
    ///
    /// # Errors
    /// Another name or shape.
    fn copy_from(&self, other: &dyn Module) -> Result<(), TorchError> {
        self.check_fits(other)?;
        let _no_grad = tch::no_grad_guard();
        let (own, others) = (self.state_dict(), other.state_dict());
        for (own, other) in own.entries().iter().zip(others.entries()) {
            own.tensor.shallow_clone().f_copy_(&other.tensor)?;
        }
        Ok(())
    }

    /// Whether the state of `other` has this one's names and shapes.
    #[doc(hidden)]
    fn check_fits(&self, other: &dyn Module) -> Result<(), TorchError> {
        let [own, others] = [self.state_dict(), other.state_dict()].map(|state_dict| {
            let shapes = state_dict
                .iter()
                .map(|(name, tensor)| (name.to_owned(), tensor.size()));
            shapes.collect::<Vec<_>>()
        });
        let shown = |entry: Option<&(String, Vec<i64>)>| match entry {
            Some((name, size)) => format!("`{name}` {size:?}"),
            None => "nothing more".to_owned(),
        };
        let places = 0..own.len().max(others.len());
        match places
            .map(|place| (own.get(place), others.get(place)))
            .find(|(a, b)| a != b)
        {
            Some((own, other)) => Err(TorchError::new(&format!(
                "the modules differ: one has {}, the other {}",
                shown(own),
                shown(other)
            ))),
            None => Ok(()),
        }
    }

    /// `module.to(device)`, before the first backward: gradients stay where they are.
    ///
    /// # Errors
    /// What libtorch refuses, too little memory above all.
    fn to_device(&self, device: Device) -> Result<(), TorchError> {
        for entry in self.state_dict().entries() {
            set_data(
                &entry.tensor,
                &entry.tensor.f_detach()?.f_to_device(device)?,
            )?;
        }
        Ok(())
    }

    /// `module.to(dtype)`, before the first backward: parameters and buffers of floating point become values
    /// of this kind, the others stay.
    ///
    /// # Errors
    /// A kind that is none of floating point, and what libtorch refuses.
    fn to_kind(&self, kind: Kind) -> Result<(), TorchError> {
        let is_float = |kind| {
            matches!(
                kind,
                Kind::Half | Kind::Float | Kind::Double | Kind::BFloat16
            )
        };
        if !is_float(kind) {
            return Err(TorchError::new(&format!(
                "a module takes kinds of floating point, not {kind:?}"
            )));
        }
        for entry in self.state_dict().entries() {
            if is_float(entry.tensor.f_kind()?) {
                set_data(&entry.tensor, &entry.tensor.f_detach()?.f_to_kind(kind)?)?;
            }
        }
        Ok(())
    }
}

/// A module as an object.
#[doc(hidden)]
pub trait AsModule {
    /// `self`.
    fn as_module(&self) -> &dyn Module;
}

impl<M: Module> AsModule for M {
    fn as_module(&self) -> &dyn Module {
        self
    }
}

impl dyn Module {
    /// The module as an `M`, if it is one: `isinstance(module, nn.Linear)`.
    pub fn downcast_ref<M: Module>(&self) -> Option<&M> {
        let any: &dyn Any = self;
        any.downcast_ref()
    }
}

fn collect<'m>(name: String, module: &'m dyn Module, all: &mut Vec<(String, &'m dyn Module)>) {
    let module = module.unboxed().unwrap_or(module);
    let of_child = |child: &str| match name.is_empty() {
        true => child.to_owned(),
        false => format!("{name}.{child}"),
    };
    let children = module.children().into_iter();
    let children: Vec<_> = children
        .map(|(child, module)| (of_child(child), module))
        .collect();
    all.push((name, module));
    for (name, child) in children {
        collect(name, child, all);
    }
}

/// `tensor.data = data`.
fn set_data(tensor: &Tensor, data: &Tensor) -> Result<(), TorchError> {
    Ok(tensor.shallow_clone().f_set_data(data)?)
}

/// `nn.Parameter(tensor)`: a tensor that is trained. One that is trained already, as another module's, is
/// taken as it is.
///
/// # Errors
/// A tensor of whole numbers.
pub fn parameter(tensor: Tensor) -> Result<Tensor, TorchError> {
    match tensor.requires_grad() && tensor.is_leaf() {
        true => Ok(tensor),
        false => Ok(tensor.f_detach()?.f_set_requires_grad(true)?),
    }
}
