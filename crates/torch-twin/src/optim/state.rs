use std::collections::BTreeMap;

use tch::{Kind, Tensor};
use thiserror::Error;

use super::flat_parameter::FlatParameter;
use crate::{Tensors, TorchError, form, native};
use torch_twin_trace::readable_debug;

/// The key of the count of steps.
const STEP: &str = "step";

/// The keys of what is one number, which PyTorch keeps in a float32 scalar.
const NUMBERS: [&str; 3] = ["mu_product", "eta", "mu"];

/// What an optimiser keeps between two steps of a parameter, by PyTorch's keys.
pub struct State {
    /// The steps so far; stays 0 where the optimiser does not count them.
    pub step: u64,
    /// Of the parameter's shape each.
    tensors: BTreeMap<&'static str, Tensor>,
    /// Those of [`NUMBERS`].
    numbers: BTreeMap<&'static str, f32>,
}

impl State {
    pub fn new(tensors: impl IntoIterator<Item = (&'static str, Tensor)>) -> Self {
        Self {
            step: 0,
            tensors: tensors.into_iter().collect(),
            numbers: BTreeMap::new(),
        }
    }

    /// The same with a number of [`NUMBERS`].
    pub fn with_number(mut self, key: &'static str, number: f32) -> Self {
        self.numbers.insert(key, number);
        self
    }

    /// The state of `keys` with zeros for each, before the first step of `parameter`.
    ///
    /// # Errors
    /// Too little memory.
    pub fn zeros(parameter: &Tensor, keys: &[&'static str]) -> Result<Self, TorchError> {
        let is_tensor = |key: &&&'static str| **key != STEP && !NUMBERS.contains(*key);
        let tensors = keys.iter().filter(is_tensor);
        let tensors = tensors.map(|&key| Ok((key, parameter.f_zeros_like()?)));
        Ok(Self::new(tensors.collect::<Result<Vec<_>, TorchError>>()?))
    }

    /// The state for a parameter's next step; `first` makes it for the first one.
    ///
    /// # Errors
    /// Those of `first`.
    pub fn next(
        state: &mut Option<Self>,
        first: impl FnOnce() -> Result<Self, TorchError>,
    ) -> Result<&mut Self, TorchError> {
        let state = match state {
            Some(state) => state,
            none => none.insert(first()?),
        };
        state.step += 1;
        Ok(state)
    }

    /// Adam's means of the gradient and of its square, with `gradient` in them:
    /// `exp_avg.lerp_(grad, 1 - beta1)`, `exp_avg_sq.mul_(beta2).addcmul_(grad, grad, value=1 - beta2)`.
    ///
    /// # Errors
    /// As [`tensor`](Self::tensor), and what libtorch refuses.
    pub fn moments(
        &mut self,
        gradient: &Tensor,
        (beta1, beta2): (f64, f64),
    ) -> Result<(Tensor, Tensor), TorchError> {
        let exp_avg = self.tensor("exp_avg")?.f_lerp_(gradient, 1.0 - beta1)?;
        let exp_avg_sq = self.tensor("exp_avg_sq")?;
        native::mul_(exp_avg_sq, beta2)?;
        native::addcmul_(exp_avg_sq, gradient, gradient, 1.0 - beta2)?;
        Ok((exp_avg, exp_avg_sq.shallow_clone()))
    }

    /// The tensor `key`.
    ///
    /// # Errors
    /// A state that was made while the options did not ask for it; PyTorch raises a `KeyError`.
    pub fn tensor(&mut self, key: &str) -> Result<&mut Tensor, TorchError> {
        self.tensors.get_mut(key).ok_or_else(|| missing(key))
    }

    /// The number `key`.
    ///
    /// # Errors
    /// As [`tensor`](Self::tensor).
    pub fn number(&mut self, key: &str) -> Result<&mut f32, TorchError> {
        self.numbers.get_mut(key).ok_or_else(|| missing(key))
    }

    /// Whether it can be that of `parameter`, which may have been given other values since.
    pub fn fits(&self, parameter: &Tensor) -> bool {
        let form = |tensor: &Tensor| (tensor.f_kind().ok(), tensor.size());
        let expected = form(parameter);
        self.tensors.values().all(|tensor| form(tensor) == expected)
    }

    /// Reads the part of a saved state that belongs to a parameter, after at least so many steps.
    pub fn load(saved: &SavedParameter<'_>, least_step: u64) -> Result<Self, OptimizerStateError> {
        let mut state = Self::new([]);
        for &key in saved.keys {
            match key {
                STEP => state.step = saved.step(least_step)?,
                _ if NUMBERS.contains(&key) => {
                    state.numbers.insert(key, saved.number(key)?);
                }
                _ => drop(state.tensors.insert(key, saved.tensor(key)?)),
            }
        }
        Ok(state)
    }

    /// The state's tensors, named as those of the parameter at `index`.
    pub fn named(self, index: usize, keys: &[&str]) -> impl Iterator<Item = (String, Tensor)> {
        // As PyTorch keeps it.
        let step = keys.contains(&STEP).then(|| Tensor::from(self.step as f32));
        let tensors = self
            .tensors
            .into_iter()
            .chain(step.map(|step| (STEP, step)))
            .chain(
                self.numbers
                    .into_iter()
                    .map(|(key, number)| (key, Tensor::from(number))),
            );
        tensors.map(move |(key, tensor)| (format!("{index}.{key}"), tensor))
    }

    pub fn shallow_clone(&self) -> Self {
        self.map(Tensor::shallow_clone)
    }

    /// What of the state of all parameters of `flat` belongs to the one at `index`.
    pub fn part(&self, flat: &FlatParameter, index: usize) -> Self {
        self.map(|tensor| flat.part(tensor, index))
    }

    fn map(&self, change: impl Fn(&Tensor) -> Tensor) -> Self {
        let tensors = self.tensors.iter();
        Self {
            step: self.step,
            tensors: tensors
                .map(|(&key, tensor)| (key, change(tensor)))
                .collect(),
            numbers: self.numbers.clone(),
        }
    }

    /// Whether these can be one state: those of parameters that have had the same steps, by the same options.
    pub fn can_join(states: &[Option<Self>]) -> bool {
        let history = |state: &Self| {
            (
                state.step,
                state.tensors.keys().copied().collect::<Vec<_>>(),
                state.numbers.clone(),
            )
        };
        let mut histories = states.iter().map(|state| state.as_ref().map(history));
        let first = histories.next();
        histories.all(|other| Some(other) == first)
    }

    /// The one state of all parameters of `flat`; none before their first step.
    pub fn join(states: &[Option<Self>], flat: &FlatParameter) -> Result<Option<Self>, TorchError> {
        let states: Vec<&Self> = states.iter().flatten().collect();
        let Some(first) = states.first() else {
            return Ok(None);
        };
        let join = |&key: &&'static str| {
            let tensors: Vec<&Tensor> = states.iter().map(|state| &state.tensors[key]).collect();
            Ok((key, flat.flatten(&tensors)?))
        };
        Ok(Some(Self {
            step: first.step,
            tensors: first
                .tensors
                .keys()
                .map(join)
                .collect::<Result<_, TorchError>>()?,
            numbers: first.numbers.clone(),
        }))
    }
}

fn missing(key: &str) -> TorchError {
    TorchError::new(&format!(
        "the optimiser's state has no {key}: set its options before the first step"
    ))
}

/// Why an optimiser cannot go on from a state.
#[derive(Error)]
#[non_exhaustive]
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

readable_debug!(OptimizerStateError);

/// The part of a saved state that belongs to one parameter.
pub struct SavedParameter<'a> {
    /// All of the state.
    pub tensors: &'a Tensors,
    /// The parameter.
    pub parameter: &'a Tensor,
    /// Its number.
    pub index: usize,
    /// What is kept for it.
    pub keys: &'static [&'static str],
}

impl SavedParameter<'_> {
    /// Whether anything is kept for it.
    pub fn is_there(&self) -> bool {
        let is_there = |key: &&str| self.tensors.contains_key(&self.name(key));
        self.keys.iter().any(is_there)
    }

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
    fn tensor(&self, key: &str) -> Result<Tensor, OptimizerStateError> {
        let name = self.name(key);
        let tensor = self.get(&name)?;
        let (expected, found) = (form(&name, self.parameter)?, form(&name, tensor)?);
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

    /// The number `key`.
    fn number(&self, key: &str) -> Result<f32, OptimizerStateError> {
        let name = self.name(key);
        let tensor = self.get(&name)?;
        let (expected, found) = ((Kind::Float, Vec::new()), form(&name, tensor)?);
        if found != expected {
            return Err(OptimizerStateError::Form {
                name,
                expected,
                found,
            });
        }
        Ok(tensor.f_double_value(&[]).map_err(TorchError::from)? as f32)
    }

    /// The count of steps, which PyTorch keeps in a float32 scalar.
    fn step(&self, least: u64) -> Result<u64, OptimizerStateError> {
        // As far as a float32 holds every whole number.
        const LARGEST: f64 = 16_777_216.0;
        let name = self.name(STEP);
        let tensor = self.get(&name)?;
        if tensor.f_kind().ok() == Some(Kind::Float) && tensor.size().is_empty() {
            let value = tensor.f_double_value(&[]).map_err(TorchError::from)?;
            if value.fract() == 0.0 && (least as f64..=LARGEST).contains(&value) {
                return Ok(value as u64);
            }
        }
        Err(OptimizerStateError::Step { name })
    }
}
