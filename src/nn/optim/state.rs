use std::collections::BTreeMap;

use tch::{Kind, Tensor};
use thiserror::Error;

use crate::TorchError;

/// What an optimiser's steps have left, by PyTorch's names.
#[derive(Debug, Default)]
pub struct OptimizerState {
    /// Steps taken; zero for an optimiser that does not count them.
    pub step: u64,
    /// The tensors that it keeps for each parameter: `0.exp_avg` belongs to the first parameter.
    /// They are the optimiser's own, not copies, and change with the next step.
    pub tensors: BTreeMap<String, Tensor>,
}

/// Why an optimiser cannot go on from a state.
#[derive(Debug, Error)]
pub enum OptimizerStateError {
    /// The state lacks a tensor.
    #[error("{name} is missing (expected shape {expected:?})")]
    Missing {
        /// The tensor.
        name: String,
        /// The parameter's shape.
        expected: Vec<i64>,
    },
    /// The state has a tensor that the optimiser does not know.
    #[error("{name} is not in this optimiser's state")]
    Unexpected {
        /// The tensor.
        name: String,
    },
    /// A tensor is not of its parameter's form.
    #[error("{name}: expected {expected:?}, found {found:?}")]
    Form {
        /// The tensor.
        name: String,
        /// The parameter's type and shape.
        expected: (Kind, Vec<i64>),
        /// The tensor's.
        found: (Kind, Vec<i64>),
    },
    /// A failure inside libtorch.
    #[error(transparent)]
    Torch(#[from] TorchError),
}

impl OptimizerState {
    /// Adds the tensors that are called `name` in PyTorch, one a parameter.
    pub(super) fn insert(&mut self, name: &str, tensors: &[Tensor]) {
        for (i, tensor) in tensors.iter().enumerate() {
            self.tensors.insert(key(i, name), tensor.shallow_clone());
        }
    }

    /// Copies of the tensors that are called `names` in PyTorch: a list a name, with one tensor a
    /// parameter, on the parameter's device.
    pub(super) fn copies<const N: usize>(
        &self,
        names: [&str; N],
        parameters: &[Tensor],
    ) -> Result<[Vec<Tensor>; N], OptimizerStateError> {
        let mut lists = [const { Vec::new() }; N];
        for (list, name) in lists.iter_mut().zip(names) {
            for (i, parameter) in parameters.iter().enumerate() {
                list.push(self.copy(key(i, name), parameter)?);
            }
        }
        let known = |key: &String| {
            let mut keys = names
                .iter()
                .flat_map(|name| (0..parameters.len()).map(move |i| (i, name)));
            keys.any(|(i, name)| *key == self::key(i, name))
        };
        match self.tensors.keys().find(|key| !known(key)) {
            Some(name) => Err(OptimizerStateError::Unexpected { name: name.clone() }),
            None => Ok(lists),
        }
    }

    fn copy(&self, name: String, parameter: &Tensor) -> Result<Tensor, OptimizerStateError> {
        let form = |tensor: &Tensor| (tensor.kind(), tensor.size());
        let expected = form(parameter);
        let Some(tensor) = self.tensors.get(&name) else {
            let (_, expected) = expected;
            return Err(OptimizerStateError::Missing { name, expected });
        };
        let found = form(tensor);
        if found != expected {
            return Err(OptimizerStateError::Form {
                name,
                expected,
                found,
            });
        }
        let _no_grad = tch::no_grad_guard();
        let mut copy = parameter.f_empty_like().map_err(TorchError::from)?;
        copy.f_copy_(tensor).map_err(TorchError::from)?;
        Ok(copy)
    }
}

fn key(parameter: usize, name: &str) -> String {
    format!("{parameter}.{name}")
}
