//! The names that tensors of a training's state have in a checkpoint.

use std::collections::BTreeMap;

use tch::{Kind, Tensor};

use super::RestoreError;
use crate::TorchError;
use crate::nn::optim::OptimizerState;
use crate::nn::{StateDict, tensor_bytes};
use crate::weights::Weights;

/// Adds what an optimiser keeps for the parameters of `network`, as `optimizer.NAME.KEY`.
pub fn add_optimizer(state: &mut StateDict, network: &StateDict, optimizer: &OptimizerState) {
    for (index, parameter) in network.parameters().enumerate() {
        let own = format!("{index}.");
        for (key, tensor) in &optimizer.tensors {
            if let Some(key) = key.strip_prefix(&own) {
                state.add(format!("optimizer.{}.{key}", parameter.name), tensor);
            }
        }
        if optimizer.step > 0 {
            // PyTorch counts in a float32 tensor, one a parameter.
            let step = Tensor::from(optimizer.step as f32);
            state.add(format!("optimizer.{}.step", parameter.name), &step);
        }
    }
}

/// The tensors of a training's state, by whose they are.
pub struct Parts {
    /// The network's.
    pub model: Weights,
    /// The optimiser's.
    pub optimizer: OptimizerState,
    /// The generator's state; empty where there is none.
    pub generator: Vec<u8>,
}

impl Parts {
    /// Sorts out the `tensors` of a training of `network`.
    pub fn new(
        tensors: &BTreeMap<String, Tensor>,
        network: &StateDict,
    ) -> Result<Self, RestoreError> {
        let mut parts = Self {
            model: Weights {
                tensors: BTreeMap::new(),
                metadata: BTreeMap::new(),
            },
            optimizer: OptimizerState::default(),
            generator: Vec::new(),
        };
        let mut steps = Vec::new();
        for (full_name, tensor) in tensors {
            let tensor = tensor.shallow_clone();
            if let Some(name) = full_name.strip_prefix("model.") {
                parts.model.tensors.insert(name.to_owned(), tensor);
            } else if full_name == "generator" && tensor.kind() == Kind::Uint8 {
                parts.generator = tensor_bytes(&tensor)?;
            } else {
                match optimizer_key(full_name, network) {
                    None => return Err(RestoreError::Unexpected(full_name.clone())),
                    Some((_, "step")) => steps.push((full_name, tensor)),
                    Some((index, key)) => {
                        parts
                            .optimizer
                            .tensors
                            .insert(format!("{index}.{key}"), tensor);
                    }
                }
            }
        }
        for (i, (name, tensor)) in steps.into_iter().enumerate() {
            let step = count(&tensor)?.filter(|&step| i == 0 || step == parts.optimizer.step);
            parts.optimizer.step = step.ok_or_else(|| RestoreError::Step(name.clone()))?;
        }
        Ok(parts)
    }
}

/// The index of the parameter in `optimizer.PARAMETER.KEY`, and the key.
fn optimizer_key<'a>(full_name: &'a str, network: &StateDict) -> Option<(usize, &'a str)> {
    let (parameter, key) = full_name.strip_prefix("optimizer.")?.rsplit_once('.')?;
    let index = network
        .parameters()
        .position(|entry| entry.name == parameter)?;
    Some((index, key))
}

/// The number of steps in a float32 scalar, as far as it holds every whole number.
fn count(tensor: &Tensor) -> Result<Option<u64>, TorchError> {
    const LARGEST: f64 = 16_777_216.0;
    if tensor.kind() != Kind::Float || !tensor.size().is_empty() {
        return Ok(None);
    }
    let value = tensor.f_double_value(&[])?;
    let is_count = value.fract() == 0.0 && (1.0..=LARGEST).contains(&value);
    Ok(is_count.then_some(value as u64))
}
