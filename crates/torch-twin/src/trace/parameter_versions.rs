use std::collections::HashMap;

use tch::Tensor;

use crate::TorchError;
use crate::nn::StateDict;

/// The parameters of each module as they were when the step began: PyTorch counts the changes of a tensor in
/// `tensor._version`.
#[derive(Default)]
pub struct ParameterVersions {
    /// By module and parameter.
    modules: HashMap<String, HashMap<String, (Tensor, i64)>>,
}

impl ParameterVersions {
    /// Watches the parameters of a network, from where they are now if they are new.
    pub fn watch(
        &mut self,
        state_dict: &StateDict,
        full_name: impl Fn(&str) -> String,
    ) -> Result<(), TorchError> {
        for entry in state_dict.parameters() {
            let name = full_name(&entry.name);
            let (owner, own) = name.rsplit_once('.').unwrap_or(("", &name));
            let parameters = self.modules.entry(owner.to_owned()).or_default();
            if !parameters.contains_key(own) {
                let tensor = entry.tensor.shallow_clone();
                let version = tensor.f_internal_version()?;
                parameters.insert(own.to_owned(), (tensor, version));
            }
        }
        Ok(())
    }

    /// From here on changes are those of a new step.
    pub fn begin_step(&mut self) -> Result<(), TorchError> {
        for (tensor, version) in self.modules.values_mut().flat_map(HashMap::values_mut) {
            *version = tensor.f_internal_version()?;
        }
        Ok(())
    }

    /// Whether a module's own parameters were changed in this step.
    pub fn has_changed(&self, module: &str) -> Result<bool, TorchError> {
        let Some(parameters) = self.modules.get(module) else {
            return Ok(false);
        };
        for (tensor, version) in parameters.values() {
            if tensor.f_internal_version()? != *version {
                return Ok(true);
            }
        }
        Ok(false)
    }
}
