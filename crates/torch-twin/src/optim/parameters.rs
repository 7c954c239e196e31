use tch::{Device, Kind, Tensor};

use super::algorithm::Algorithm;
use super::flat_parameter::FlatParameter;
use super::state::{SavedParameter, State};
use super::{OptimizerError, OptimizerStateError};
use crate::native::is_same;
use crate::{Tensors, TorchError};

/// The tensors that an optimiser trains, with what it keeps for each.
pub struct Parameters {
    tensors: Vec<Tensor>,
    /// The place of the state of each: its own, or the last one of a tensor that is there more than once.
    places: Vec<usize>,
    states: States,
}

enum States {
    /// One for each parameter; none before its first step.
    Apart(Vec<Option<State>>),
    /// One for all, which have had the same steps.
    Flat(FlatParameter, Option<State>),
}

impl Parameters {
    /// Tensors that `algorithm` is to move. Python warns where one is there twice: it is moved twice a step, with
    /// one state.
    ///
    /// # Errors
    /// Too little memory.
    pub fn new(tensors: Vec<Tensor>, algorithm: &impl Algorithm) -> Result<Self, OptimizerError> {
        let last_place = |tensor| tensors.iter().rposition(|other| is_same(tensor, other));
        let numbered = tensors.iter().enumerate();
        let places: Vec<usize> = numbered
            .map(|(place, tensor)| last_place(tensor).unwrap_or(place))
            .collect();
        let mut states = Vec::new();
        for (place, tensor) in tensors.iter().enumerate() {
            states.push(match places[place] == place {
                true => algorithm.initial_state(tensor)?,
                false => None,
            });
        }
        Ok(Self {
            states: States::Apart(states),
            places,
            tensors,
        })
    }

    /// Moves every parameter that has a gradient by `algorithm`. Where all parameters can be updated
    /// as one, they are.
    ///
    /// # Errors
    /// A gradient or a state that does not fit its parameter, and what libtorch refuses.
    pub fn update<A: Algorithm>(&mut self, algorithm: &A) -> Result<(), TorchError> {
        let _no_grad = tch::no_grad_guard();
        let gradients = self.tensors.iter().map(Tensor::f_grad);
        let gradients = gradients.collect::<Result<Vec<_>, _>>()?;
        self.check(&gradients)?;
        match self.can_be_flat(&gradients) {
            true => self.join()?,
            false => self.part(),
        }
        match &mut self.states {
            States::Flat(flat, state) => {
                return flat.update(&self.tensors, &gradients, |values, gradient| {
                    algorithm.update(values, gradient, state)
                });
            }
            States::Apart(states) => {
                let begun: Vec<bool> = states.iter().map(Option::is_some).collect();
                let parameters = self.tensors.iter_mut().zip(&self.places).zip(&gradients);
                for ((parameter, &place), gradient) in parameters {
                    if !gradient.defined() {
                        continue;
                    }
                    if !A::FIRST_STEP_IS_SEEN && !begun[place] {
                        states[place] = None;
                    }
                    algorithm.update(parameter, gradient, &mut states[place])?;
                }
            }
        }
        Ok(())
    }

    /// Refuses what an algorithm could not compute with: libtorch would fail in the middle of a step.
    fn check(&self, gradients: &[Tensor]) -> Result<(), TorchError> {
        for (index, (parameter, gradient)) in self.tensors.iter().zip(gradients).enumerate() {
            if !gradient.defined() {
                continue;
            }
            let (kind, size) = (parameter.f_kind()?, parameter.size());
            let is_real_float = [Kind::Half, Kind::BFloat16, Kind::Float, Kind::Double];
            let fits = gradient.f_kind()? == kind
                && gradient.size() == size
                && gradient.device() == parameter.device()
                && !gradient.is_sparse();
            let state = match &self.states {
                States::Apart(states) => states[self.places[index]].as_ref(),
                States::Flat(..) => None,
            };
            let words = if !is_real_float.contains(&kind) {
                "values are no real floats"
            } else if !fits {
                "gradient is sparse, on another device, or of another shape or type"
            } else if state.is_some_and(|state| !state.fits(parameter)) {
                "shape or type is not that of the state which the optimiser keeps for it"
            } else {
                continue;
            };
            return Err(TorchError::new(&format!(
                "parameter {index} ({kind:?} {size:?}) cannot be trained: its {words}"
            )));
        }
        Ok(())
    }

    fn can_be_flat(&self, gradients: &[Tensor]) -> bool {
        let has_gradient =
            |gradient: &Tensor| gradient.defined() && gradient.device() == Device::Cpu;
        let is_single = |(place, &last): (usize, &usize)| place == last;
        gradients.iter().all(has_gradient) && self.places.iter().enumerate().all(is_single)
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
        let parts = name.split_once('.');
        let parts = parts.and_then(|(index, key)| Some((index.parse::<usize>().ok()?, key)));
        parts.is_some_and(|(index, key)| {
            let place = index.checked_sub(first);
            let has_state = place.is_some_and(|place| self.places.get(place) == Some(&place));
            has_state && keys.contains(&key)
        })
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
