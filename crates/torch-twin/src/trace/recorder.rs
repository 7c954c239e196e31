use std::collections::{BTreeMap, HashMap, HashSet};
use std::path::Path;

use tch::{Device, Tensor};

use super::{Digest, FORMAT, Kind, Settings, Stage, VERSION};
use crate::nn::{Call, ForwardPass, Outputs, StateDict};
use crate::optim::Optimizer;
use crate::weights::{self, WeightsError};
use crate::{Tensors, TorchError, form};

/// Records a trace, as `torch_twin_trace.py` does in Python.
///
/// It copies tensors, draws nothing and changes nothing: the numbers are those of a run without it.
#[derive(Default)]
pub struct Recorder {
    step: u64,
    stages: Vec<Stage>,
    tensors: Tensors,
    /// The keys of `stages`.
    keys: HashSet<String>,
    /// Calls of each module in this step.
    calls: HashMap<String, u64>,
    digest_above: Option<usize>,
    only_steps: Option<Vec<u64>>,
    device: Option<Device>,
}

impl Recorder {
    /// The same recorder, which keeps of tensors of more values than this a digest and statistics alone.
    pub fn digest_above(mut self, values: usize) -> Self {
        self.digest_above = Some(values);
        self
    }

    /// The same recorder, which records what was before the first step, and these steps alone.
    pub fn only_steps(mut self, steps: impl Into<Vec<u64>>) -> Self {
        self.only_steps = Some(steps.into());
        self
    }

    /// What is recorded from here on belongs to this step, the first of which is 1.
    pub fn begin_step(&mut self, step: u64) {
        self.step = step;
        self.calls.clear();
    }

    /// Runs a network's `forward` with `pass`, and records the inputs and outputs of every module in it, and
    /// of the network itself. Inputs are looked at when a module has given its output, so it must not
    /// overwrite them.
    ///
    /// # Errors
    /// What `forward` refuses, and too little memory.
    pub fn forward<R: Outputs>(
        &mut self,
        inputs: &[&Tensor],
        pass: ForwardPass<'_>,
        forward: impl FnOnce(&mut ForwardPass<'_>) -> Result<R, TorchError>,
    ) -> Result<R, TorchError> {
        if !self.is_recording() {
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

    /// Whether this step is to be recorded.
    fn is_recording(&self) -> bool {
        let is_chosen = |steps: &Vec<u64>| steps.contains(&self.step);
        self.step == 0 || self.only_steps.as_ref().is_none_or(is_chosen)
    }

    /// Records one call of a module.
    fn call(&mut self, call: &Call<'_>) -> Result<(), TorchError> {
        let calls = self.calls.entry(call.name.to_owned()).or_default();
        *calls += 1;
        let count = *calls;
        for (kind, tensors) in [(Kind::Input, call.inputs), (Kind::Output, call.outputs)] {
            for (index, tensor) in (0..).zip(tensors) {
                self.record(kind, call.name, (count, index), tensor)?;
            }
        }
        Ok(())
    }

    /// Records the loss.
    ///
    /// # Errors
    /// A second time in one step, an undefined tensor, and too little memory.
    pub fn loss(&mut self, loss: &Tensor) -> Result<(), TorchError> {
        self.record(Kind::Loss, "loss", (0, 0), loss)
    }

    /// Records the gradients that parameters have.
    ///
    /// # Errors
    /// A second time in one step, and too little memory.
    pub fn gradients(&mut self, state_dict: &StateDict) -> Result<(), TorchError> {
        for entry in state_dict.parameters() {
            let gradient = entry.tensor.f_grad()?;
            if gradient.defined() {
                self.record(Kind::Gradient, &entry.name, (0, 0), &gradient)?;
            }
        }
        Ok(())
    }

    /// Records what the optimiser keeps.
    ///
    /// # Errors
    /// A second time in one step, and too little memory.
    pub fn optimizer(&mut self, optimizer: &dyn Optimizer) -> Result<(), TorchError> {
        for (name, tensor) in optimizer.state_dict() {
            self.record(Kind::Optimizer, &name, (0, 0), &tensor)?;
        }
        Ok(())
    }

    /// Records parameters and buffers.
    ///
    /// # Errors
    /// A second time in one step, and too little memory.
    pub fn weights(&mut self, state_dict: &StateDict) -> Result<(), TorchError> {
        for (name, tensor) in state_dict.iter() {
            self.record(Kind::Weight, name, (0, 0), tensor)?;
        }
        Ok(())
    }

    fn record(
        &mut self,
        kind: Kind,
        name: &str,
        (call, index): (u64, u64),
        tensor: &Tensor,
    ) -> Result<(), TorchError> {
        if !self.is_recording() {
            return Ok(());
        }
        let _is_defined = form(name, tensor)?;
        self.device.get_or_insert(tensor.device());
        let is_large = self.digest_above.is_some_and(|most| tensor.numel() > most);
        let digest = match is_large {
            true => Some(Digest::of(tensor)?),
            false => None,
        };
        let (step, name) = (self.step, name.to_owned());
        let stage = Stage {
            step,
            kind,
            name,
            call,
            index,
            digest,
        };
        let key = stage.key();
        if !self.keys.insert(key.clone()) {
            return Err(TorchError::new(&format!(
                "{key} is recorded twice: a step has one of each; of a loss in parts, record the sum"
            )));
        }
        if stage.digest.is_none() {
            let copy = tensor.f_detach_copy()?.f_to_device(Device::Cpu)?;
            self.tensors.insert(key, copy);
        }
        self.stages.push(stage);
        Ok(())
    }

    /// Writes the trace, so that `path` holds all of it or what it held before.
    ///
    /// # Errors
    /// A file that cannot be written.
    pub fn save(&self, path: &Path) -> Result<(), WeightsError> {
        let device = match self.device {
            Some(Device::Cuda(index)) => format!("cuda:{index}"),
            _ => "cpu".to_owned(),
        };
        let stages =
            serde_json::to_string(&self.stages).map_err(|error| WeightsError::Io(error.into()))?;
        let mut metadata = BTreeMap::from([
            ("format".to_owned(), FORMAT.to_owned()),
            ("version".to_owned(), VERSION.to_owned()),
            ("stages".to_owned(), stages),
        ]);
        let settings = Settings::of_this_process(&device)?;
        metadata.extend(
            settings
                .iter()
                .map(|(name, value)| (name.to_owned(), value.to_owned())),
        );
        let tensors = self.tensors.iter();
        weights::save(
            path,
            tensors.map(|(name, tensor)| (name.as_str(), tensor)),
            &metadata,
        )
    }
}
