use std::any::Any;

use tch::{Device, Tensor};

use super::StateDict;
use crate::TorchError;

/// What has parameters, buffers and children, as `torch.nn.Module`.
///
/// A module made of others is best written with [`module!`](crate::module!), which lists them. One that holds
/// tensors itself names them here, in PyTorch's order.
pub trait Module: Any {
    /// The module's own trained tensors, as `named_parameters(recurse=False)`.
    fn parameters(&self) -> Vec<(&str, &Tensor)> {
        Vec::new()
    }

    /// The module's own other tensors that belong into a file, as `named_buffers(recurse=False)`.
    fn buffers(&self) -> Vec<(&str, &Tensor)> {
        Vec::new()
    }

    /// The modules in this one, as `named_children()`.
    fn children(&self) -> Vec<(&str, &dyn Module)> {
        Vec::new()
    }

    /// The module as an object; a box gives what is in it.
    #[doc(hidden)]
    fn as_dyn(&self) -> &dyn Module
    where
        Self: Sized,
    {
        self
    }

    /// `module.state_dict()`; the tensors are shared with the module.
    fn state_dict(&self) -> StateDict {
        let mut state_dict = StateDict::default();
        collect(
            "",
            self.parameters(),
            self.buffers(),
            self.children(),
            &mut state_dict,
        );
        state_dict
    }

    /// `module.to(device)`, before the first backward: gradients stay where they are.
    ///
    /// # Errors
    /// What libtorch refuses, too little memory above all.
    fn to_device(&self, device: Device) -> Result<(), TorchError> {
        for entry in self.state_dict().entries() {
            let mut tensor = entry.tensor.shallow_clone();
            let moved = tensor.f_detach()?.f_to_device(device)?;
            tensor.f_set_data(&moved)?;
        }
        Ok(())
    }
}

fn collect(
    prefix: &str,
    parameters: Vec<(&str, &Tensor)>,
    buffers: Vec<(&str, &Tensor)>,
    children: Vec<(&str, &dyn Module)>,
    state_dict: &mut StateDict,
) {
    for (name, tensor) in parameters {
        state_dict.add_parameter(format!("{prefix}{name}"), tensor);
    }
    for (name, tensor) in buffers {
        state_dict.add_buffer(format!("{prefix}{name}"), tensor);
    }
    for (name, child) in children {
        let prefix = format!("{prefix}{name}.");
        collect(
            &prefix,
            child.parameters(),
            child.buffers(),
            child.children(),
            state_dict,
        );
    }
}
