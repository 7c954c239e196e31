//! Files that hold a `state_dict`.

mod error;
mod safetensors;

pub use error::{Fault, WeightsError};
pub use safetensors::{load, save};

use std::collections::BTreeMap;

use tch::{Kind, Tensor};

use crate::TorchError;
use crate::nn::StateDict;

/// What a weights file holds.
pub struct Weights {
    /// The tensors by their `state_dict` name, on the CPU.
    pub tensors: BTreeMap<String, Tensor>,
    /// What the file says of itself, such as its variant, seed and epochs.
    pub metadata: BTreeMap<String, String>,
}

impl Weights {
    /// Everything that keeps these tensors from being the weights of a network with `state_dict`.
    ///
    /// # Errors
    /// What libtorch refuses when the values are looked at.
    pub fn faults(&self, state_dict: &StateDict) -> Result<Vec<Fault>, TorchError> {
        let mut faults = Vec::new();
        for entry in state_dict.entries() {
            match self.tensors.get(&entry.name) {
                None => faults.push(Fault::Missing {
                    name: entry.name.clone(),
                    expected: entry.tensor.size(),
                }),
                Some(found) => faults.extend(fault(&entry.name, &entry.tensor, found)?),
            }
        }
        for (name, tensor) in &self.tensors {
            if state_dict.entries().iter().all(|entry| entry.name != *name) {
                faults.push(Fault::Unexpected {
                    name: name.clone(),
                    found: tensor.size(),
                });
            }
        }
        Ok(faults)
    }

    /// Copies the weights into the network that `state_dict` belongs to.
    ///
    /// # Errors
    /// [`WeightsError::Unfit`], with every fault that there is; the network is then left as it was.
    pub fn copy_into(&self, state_dict: &StateDict) -> Result<(), WeightsError> {
        let faults = self.faults(state_dict)?;
        if !faults.is_empty() {
            return Err(WeightsError::Unfit { faults });
        }
        let _no_grad = tch::no_grad_guard();
        for entry in state_dict.entries() {
            let mut tensor = entry.tensor.shallow_clone();
            tensor
                .f_copy_(&self.tensors[&entry.name])
                .map_err(TorchError::from)?;
        }
        Ok(())
    }
}

fn fault(name: &str, expected: &Tensor, found: &Tensor) -> Result<Option<Fault>, TorchError> {
    let name = name.to_owned();
    if found.size() != expected.size() {
        let (expected, found) = (expected.size(), found.size());
        return Ok(Some(Fault::Shape {
            name,
            expected,
            found,
        }));
    }
    if found.kind() != expected.kind() {
        let (expected, found) = (expected.kind(), found.kind());
        return Ok(Some(Fault::Kind {
            name,
            expected,
            found,
        }));
    }
    let not_finite = found
        .f_isfinite()?
        .f_logical_not()?
        .f_sum(Kind::Int64)?
        .f_int64_value(&[])?;
    Ok((not_finite > 0).then_some(Fault::NotFinite {
        name,
        count: not_finite,
    }))
}
