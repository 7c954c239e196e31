use tch::{Device, Tensor};

use super::OptimizerStateError;
use super::algorithm::Algorithm;
use super::flat_parameter::FlatParameter;
use super::state::{SavedParameter, State};
use crate::{Tensors, TorchError};

/// The tensors that an optimiser trains, with what it keeps for each.
pub struct Parameters {
    tensors: Vec<Tensor>,
    states: States,
}

enum States {
    /// One for each parameter; none before its first step.
    Apart(Vec<Option<State>>),
    /// One for all, which have had the same steps.
    Flat(FlatParameter, Option<State>),
}

impl Parameters {
    pub fn new(tensors: Vec<Tensor>) -> Self {
        Self {
            states: States::Apart(tensors.iter().map(|_| None).collect()),
            tensors,
        }
    }

    /// Moves every parameter that has a gradient by `algorithm`. Where all parameters can be updated
    /// as one, they are.
    ///
    /// # Errors
    /// What libtorch refuses, too little memory above all.
    pub fn update(&mut self, algorithm: &impl Algorithm) -> Result<(), TorchError> {
        let _no_grad = tch::no_grad_guard();
        self.begin(algorithm)?;
        let gradients = self.tensors.iter().map(Tensor::f_grad);
        let gradients = gradients.collect::<Result<Vec<_>, _>>()?;
        match self.tensors.iter().zip(&gradients).all(is_plain) {
            true => self.join()?,
            false => self.part(),
        }
        match &mut self.states {
            States::Flat(flat, state) => {
                flat.update(&self.tensors, &gradients, |values, gradient| {
                    algorithm.update(values, gradient, state)
                })
            }
            States::Apart(states) => {
                let parameters = self.tensors.iter_mut().zip(states).zip(&gradients);
                for ((parameter, state), gradient) in parameters {
                    if gradient.defined() {
                        algorithm.update(parameter, gradient, state)?;
                    }
                }
                Ok(())
            }
        }
    }

    /// Gives parameters without a state the initial one, where the algorithm has one.
    fn begin(&mut self, algorithm: &impl Algorithm) -> Result<(), TorchError> {
        if let States::Apart(states) = &mut self.states {
            for (state, parameter) in states.iter_mut().zip(&self.tensors) {
                if state.is_none() {
                    *state = algorithm.initial_state(parameter)?;
                }
            }
        }
        Ok(())
    }

    /// Lays the parameters side by side, where that can be.
    fn join(&mut self) -> Result<(), TorchError> {
        if let States::Flat(flat, _) = &self.states
            && flat.holds(&self.tensors)
        {
            return Ok(());
        }
        self.part();
        if let States::Apart(states) = &self.states
            && State::can_join(states)
            && let Some(flat) = FlatParameter::join(&self.tensors)?
        {
            let state = State::join(states, &flat)?;
            self.states = States::Flat(flat, state);
        }
        Ok(())
    }

    /// Gives each parameter a state of its own. Its values may stay where they are.
    fn part(&mut self) {
        if let States::Flat(..) = self.states {
            self.states = States::Apart(self.states());
        }
    }

    /// The state of each parameter.
    fn states(&self) -> Vec<Option<State>> {
        match &self.states {
            States::Apart(states) => states
                .iter()
                .map(|state| Some(state.as_ref()?.shallow_clone()))
                .collect(),
            States::Flat(flat, state) => {
                let part = |index| Some(state.as_ref()?.part(flat, index));
                (0..self.tensors.len()).map(part).collect()
            }
        }
    }

    /// `state_dict()["state"]` of an optimiser that keeps `keys`, in which the first of these
    /// parameters has the number `first`.
    pub fn state_dict(&self, first: usize, keys: &[&str]) -> Tensors {
        let states = self.states().into_iter().enumerate();
        let named = states.filter_map(|(index, state)| Some(state?.named(first + index, keys)));
        named.flatten().collect()
    }

    /// Whether a tensor of this name is part of such a state dictionary.
    pub fn has_state(&self, name: &str, first: usize, keys: &[&str]) -> bool {
        let numbers = first..first + self.tensors.len();
        let parts = name.split_once('.');
        let parts = parts.and_then(|(index, key)| Some((index.parse::<usize>().ok()?, key)));
        parts.is_some_and(|(index, key)| numbers.contains(&index) && keys.contains(&key))
    }

    /// The states in such a state dictionary, each after at least so many steps.
    ///
    /// # Errors
    /// A state of another optimiser or of other parameters.
    pub fn read_states(
        &self,
        saved: &Tensors,
        first: usize,
        keys: &'static [&'static str],
        least_step: u64,
    ) -> Result<Vec<Option<State>>, OptimizerStateError> {
        let numbered = self.tensors.iter().enumerate();
        let states = numbered.map(|(index, parameter)| {
            let saved = SavedParameter {
                tensors: saved,
                parameter,
                index: first + index,
                keys,
            };
            match saved.is_there() {
                true => Ok(Some(State::load(&saved, least_step)?)),
                false => Ok(None),
            }
        });
        states.collect()
    }

    /// Goes on from these states, one for each parameter.
    pub fn set_states(&mut self, states: Vec<Option<State>>) {
        self.states = States::Apart(states);
    }
}

/// Whether a parameter can be updated beside others: where it has a gradient of its own kind.
fn is_plain((parameter, gradient): (&Tensor, &Tensor)) -> bool {
    gradient.defined()
        && !gradient.is_sparse()
        && gradient.device() == Device::Cpu
        && gradient.kind() == parameter.kind()
        && gradient.size() == parameter.size()
}
