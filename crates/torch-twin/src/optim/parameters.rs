use tch::{Device, Tensor};

use super::OptimizerStateError;
use super::flat_parameter::FlatParameter;
use super::state::{SavedState, State};
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

    pub fn tensors(&self) -> &[Tensor] {
        &self.tensors
    }

    /// Calls `update` with every parameter that has a gradient, the gradient, and the state, which
    /// is none at its first step. Where all parameters can be updated as one, they are: `update`
    /// does to each value what depends on no other.
    ///
    /// # Errors
    /// What `update` gives, and what libtorch refuses.
    pub fn update(
        &mut self,
        update: impl Fn(&mut Tensor, &Tensor, &mut Option<State>) -> Result<(), TorchError>,
    ) -> Result<(), TorchError> {
        let _no_grad = tch::no_grad_guard();
        let gradients = self.tensors.iter().map(Tensor::f_grad);
        let gradients = gradients.collect::<Result<Vec<_>, _>>()?;
        match self.tensors.iter().zip(&gradients).all(is_plain) {
            true => self.join()?,
            false => self.part(),
        }
        match &mut self.states {
            States::Flat(flat, state) => {
                flat.update(&self.tensors, &gradients, |values, gradient| {
                    update(values, gradient, state)
                })
            }
            States::Apart(states) => {
                let parameters = self.tensors.iter_mut().zip(states).zip(&gradients);
                for ((parameter, state), gradient) in parameters {
                    if gradient.defined() {
                        update(parameter, gradient, state)?;
                    }
                }
                Ok(())
            }
        }
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

    /// `state_dict()["state"]` of an optimiser that keeps `keys`.
    pub fn state_dict(&self, keys: &[&str]) -> Tensors {
        let states = self.states().into_iter().enumerate();
        let named = states.filter_map(|(index, state)| Some(state?.named(index, keys)));
        named.flatten().collect()
    }

    /// Goes on from `saved`, a state dictionary of the same `keys`.
    ///
    /// # Errors
    /// A state of another optimiser or of other parameters; this one is then left as it was.
    pub fn load_state_dict(
        &mut self,
        saved: &Tensors,
        keys: &'static [&'static str],
    ) -> Result<(), OptimizerStateError> {
        let saved = SavedState::new(saved, &self.tensors, keys)?;
        self.states = States::Apart(saved.of_each(State::load)?);
        Ok(())
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
