use tch::{Kind, Tensor};
use thiserror::Error;

use crate::{Tensors, TorchError};

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
    /// A count of steps is none.
    #[error("{name} is not a count of steps")]
    Step {
        /// The tensor.
        name: String,
    },
    /// A failure inside libtorch.
    #[error(transparent)]
    Torch(#[from] TorchError),
}

/// A state that an optimiser is to go on from, whose names are known to be the optimiser's.
pub struct SavedState<'a> {
    tensors: &'a Tensors,
    parameters: &'a [Tensor],
    keys: &'static [&'static str],
}

/// The part of a [`SavedState`] that belongs to one parameter.
pub struct SavedParameter<'a> {
    tensors: &'a Tensors,
    parameter: &'a Tensor,
    index: usize,
}

impl<'a> SavedState<'a> {
    pub fn new(
        tensors: &'a Tensors,
        parameters: &'a [Tensor],
        keys: &'static [&'static str],
    ) -> Result<Self, OptimizerStateError> {
        let is_known = |name: &String| {
            let parts = name.split_once('.');
            let parts = parts.and_then(|(index, key)| Some((index.parse::<usize>().ok()?, key)));
            parts.is_some_and(|(index, key)| index < parameters.len() && keys.contains(&key))
        };
        match tensors.keys().find(|name| !is_known(name)) {
            Some(name) => Err(OptimizerStateError::Unexpected { name: name.clone() }),
            None => Ok(Self {
                tensors,
                parameters,
                keys,
            }),
        }
    }

    /// What `read` makes of each parameter's part; none where a parameter has no part yet.
    pub fn of_each<T>(
        &self,
        read: impl Fn(&SavedParameter<'a>) -> Result<T, OptimizerStateError>,
    ) -> Result<Vec<Option<T>>, OptimizerStateError> {
        let read_one = |(index, parameter)| {
            let saved = SavedParameter {
                tensors: self.tensors,
                parameter,
                index,
            };
            let is_there = |key: &&str| self.tensors.contains_key(&saved.name(key));
            self.keys
                .iter()
                .any(is_there)
                .then(|| read(&saved))
                .transpose()
        };
        self.parameters.iter().enumerate().map(read_one).collect()
    }
}

impl SavedParameter<'_> {
    fn name(&self, key: &str) -> String {
        format!("{}.{key}", self.index)
    }

    fn get(&self, name: &str) -> Result<&Tensor, OptimizerStateError> {
        let missing = || OptimizerStateError::Missing {
            name: name.to_owned(),
            expected: self.parameter.size(),
        };
        self.tensors.get(name).ok_or_else(missing)
    }

    /// A copy of the tensor `key`, of the parameter's form and on its device.
    pub fn tensor(&self, key: &str) -> Result<Tensor, OptimizerStateError> {
        let form = |tensor: &Tensor| (tensor.kind(), tensor.size());
        let name = self.name(key);
        let tensor = self.get(&name)?;
        let (expected, found) = (form(self.parameter), form(tensor));
        if found != expected {
            return Err(OptimizerStateError::Form {
                name,
                expected,
                found,
            });
        }
        let _no_grad = tch::no_grad_guard();
        let mut copy = self.parameter.f_empty_like().map_err(TorchError::from)?;
        copy.f_copy_(tensor).map_err(TorchError::from)?;
        Ok(copy)
    }

    /// The count of steps, which PyTorch keeps in a float32 scalar.
    pub fn step(&self) -> Result<u64, OptimizerStateError> {
        // As far as a float32 holds every whole number.
        const LARGEST: f64 = 16_777_216.0;
        let name = self.name("step");
        let tensor = self.get(&name)?;
        if tensor.kind() == Kind::Float && tensor.size().is_empty() {
            let value = tensor.f_double_value(&[]).map_err(TorchError::from)?;
            if value.fract() == 0.0 && (1.0..=LARGEST).contains(&value) {
                return Ok(value as u64);
            }
        }
        Err(OptimizerStateError::Step { name })
    }
}

/// A count of steps as PyTorch keeps it.
pub fn step_tensor(step: u64) -> Tensor {
    Tensor::from(step as f32)
}
