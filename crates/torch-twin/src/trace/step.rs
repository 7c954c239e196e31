use tch::Tensor;

use super::{Kind, Recorder};
use crate::nn::{Call, ForwardPass, StateDict, TensorTree};
use crate::optim::Optimizer;
use crate::{Tensors, TorchError};

/// A step that a [`Recorder`] records.
pub struct Step<'r> {
    recorder: &'r mut Recorder,
    /// The network's or the optimizer's name; empty where there is one alone.
    name: String,
}

impl<'r> Step<'r> {
    pub(super) fn new(recorder: &'r mut Recorder) -> Self {
        let name = String::new();
        Self { recorder, name }
    }

    /// The same step for one of several networks, with its loss and its optimizer: what it records is called
    /// `name`, or `name.…`. Other weights, such as an average of them, have a name of their own in the same way.
    pub fn of(&mut self, name: &str) -> Step<'_> {
        let name = self.full_name(name);
        let recorder = &mut *self.recorder;
        Step { recorder, name }
    }

    fn full_name(&self, name: &str) -> String {
        full_name(&self.name, name)
    }

    /// Runs a network's `forward` with `pass`, and records the inputs and outputs of every module in it, and
    /// of the network itself. Inputs are looked at when a module has given its output, so it must not
    /// overwrite them.
    ///
    /// # Errors
    /// What `forward` refuses, and too little memory.
    pub fn forward<R: TensorTree>(
        &mut self,
        inputs: &[&Tensor],
        pass: ForwardPass<'_>,
        forward: impl FnOnce(&mut ForwardPass<'_>) -> Result<R, TorchError>,
    ) -> Result<R, TorchError> {
        if !self.recorder.is_recording() {
            let mut pass = pass;
            return forward(&mut pass);
        }
        let mut failure = None;
        let mut hook = |call: &Call<'_>| {
            if let Err(error) = self.call(call) {
                failure.get_or_insert(error);
            }
        };
        let result = forward(&mut pass.with_hook(&mut hook))?;
        if let Some(error) = failure {
            return Err(error);
        }
        let outputs = &result.tensors();
        let name = "";
        self.call(&Call {
            name,
            inputs,
            outputs,
        })?;
        Ok(result)
    }

    /// Records one call of a module.
    fn call(&mut self, call: &Call<'_>) -> Result<(), TorchError> {
        let name = self.full_name(call.name);
        self.recorder.call(&name, call.inputs, call.outputs)
    }

    /// Records tensors that no module gave, such as the logits of a whole test set, under a name of their own.
    ///
    /// # Errors
    /// Too little memory.
    pub fn output(&mut self, name: &str, tensor: &Tensor) -> Result<(), TorchError> {
        if !self.recorder.is_recording() {
            return Ok(());
        }
        let name = self.full_name(name);
        self.recorder.call(&name, &[], &[tensor])
    }

    /// Records a loss.
    ///
    /// # Errors
    /// Too little memory.
    pub fn loss(&mut self, loss: &Tensor) -> Result<(), TorchError> {
        self.record(Kind::Loss, [("loss", loss)])
    }

    /// Records the gradients that parameters have.
    ///
    /// # Errors
    /// Too little memory.
    pub fn gradients(&mut self, state_dict: &StateDict) -> Result<(), TorchError> {
        if !self.recorder.is_recording() {
            return Ok(());
        }
        let mut gradients = Vec::new();
        for entry in state_dict.parameters() {
            let gradient = entry.tensor.f_grad()?;
            if gradient.defined() {
                gradients.push((entry.name.as_str(), gradient));
            }
        }
        let gradients = gradients.iter().map(|(name, gradient)| (*name, gradient));
        self.record(Kind::Gradient, gradients)
    }

    /// Records what an optimizer keeps, and the learning rates of the step that it has just made.
    ///
    /// # Errors
    /// Too little memory.
    pub fn optimizer(&mut self, optimizer: &dyn Optimizer) -> Result<(), TorchError> {
        if !self.recorder.is_recording() {
            return Ok(());
        }
        self.optimizer_state(&optimizer.state_dict(), &optimizer.lrs())
    }

    /// The same of an optimizer of any kind: `0.exp_avg` is what is called `exp_avg` for its first parameter, and
    /// `lrs` are the learning rates of its groups.
    ///
    /// # Errors
    /// Too little memory.
    pub fn optimizer_state(&mut self, state: &Tensors, lrs: &[f64]) -> Result<(), TorchError> {
        if !self.recorder.is_recording() {
            return Ok(());
        }
        self.recorder.writer.learning_rates(&self.name, lrs);
        let state = state.iter().map(|(name, tensor)| (name.as_str(), tensor));
        self.record(Kind::Optimizer, state)
    }

    /// Records parameters and buffers, as they are at the end of the step.
    ///
    /// # Errors
    /// Too little memory.
    pub fn weights(&mut self, state_dict: &StateDict) -> Result<(), TorchError> {
        if !self.recorder.is_recording() {
            return Ok(());
        }
        let network = self.name.as_str();
        let versions = &mut self.recorder.versions;
        versions.watch(state_dict, |name| full_name(network, name))?;
        self.record(Kind::Weight, state_dict.iter())
    }

    fn record<'t>(
        &mut self,
        kind: Kind,
        tensors: impl IntoIterator<Item = (&'t str, &'t Tensor)>,
    ) -> Result<(), TorchError> {
        if !self.recorder.is_recording() {
            return Ok(());
        }
        for (name, tensor) in tensors {
            let name = self.full_name(name);
            self.recorder.record(kind, &name, tensor)?;
        }
        Ok(())
    }
}

/// What is called `name` in a network; of the network itself its own name.
fn full_name(network: &str, name: &str) -> String {
    match (network, name) {
        ("", name) => name.to_owned(),
        (network, "") => network.to_owned(),
        (network, name) => format!("{network}.{name}"),
    }
}
