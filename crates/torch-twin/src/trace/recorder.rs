use super::Step;
use super::parameter_versions::ParameterVersions;
use crate::nn::StateDict;
use crate::weights::WeightsError;
use crate::{Processor, TorchError, libtorch, to_array};
use std::path::Path;
use tch::{Device, Tensor};
use thiserror::Error;
use torch_twin_trace::trace::{Kind, Settings, Stage, StepOrder, Writer};
use torch_twin_trace::{Array, readable_debug};

/// Records a trace, as `torch_twin.Recorder` does in Python.
///
/// It copies tensors, draws nothing and changes nothing: the numbers are those of a run without it.
#[derive(Default)]
pub struct Recorder {
    is_off: bool,
    pub(super) writer: Writer,
    pub(super) versions: ParameterVersions,
    device: Option<Device>,
}

impl Recorder {
    /// A recorder that is switched off: it records nothing, looks at nothing and saves nothing.
    pub fn off() -> Self {
        Self {
            is_off: true,
            ..Self::default()
        }
    }

    /// The same recorder, which keeps of tensors of more values than this a digest and statistics alone.
    pub fn digest_above(mut self, values: usize) -> Self {
        self.writer.digest_above(values);
        self
    }

    /// The same recorder, which records what was before the first step, and these steps alone.
    pub fn only_steps(mut self, steps: impl Into<Vec<u64>>) -> Self {
        self.writer.only_steps(steps);
        self
    }

    /// Records parameters and buffers before the first step: [`step(0)`](Self::step) and
    /// [`weights`](Step::weights).
    ///
    /// # Errors
    /// After a step has begun, and too little memory.
    pub fn weights(&mut self, state_dict: &StateDict) -> Result<(), RecorderError> {
        Ok(self.step(0)?.weights(state_dict)?)
    }

    /// A step of training, from 1 on; 0 is what was there before. What it is given belongs to that step, until it
    /// is dropped.
    ///
    /// # Errors
    /// A number that is not larger than that of the step before.
    pub fn step(&mut self, number: u64) -> Result<Step<'_>, RecorderError> {
        if self.is_off {
            return Ok(Step::new(self));
        }
        self.writer.step(number)?;
        if self.is_recording() {
            self.versions.begin_step()?;
        }
        Ok(Step::new(self))
    }

    /// Whether this step is to be recorded.
    pub(super) fn is_recording(&self) -> bool {
        !self.is_off && self.writer.is_recording()
    }

    /// Records what belongs to no call.
    pub(super) fn record(
        &mut self,
        kind: Kind,
        name: &str,
        tensor: &Tensor,
    ) -> Result<(), TorchError> {
        let array = to_array(name, tensor)?;
        self.device.get_or_insert(tensor.device());
        self.writer.record(kind, name, array);
        Ok(())
    }

    /// Records one call of a module.
    pub(super) fn call(
        &mut self,
        name: &str,
        inputs: &[&Tensor],
        outputs: &[&Tensor],
    ) -> Result<(), TorchError> {
        let arrays = |tensors: &[&Tensor]| -> Result<Vec<_>, TorchError> {
            let tensors = tensors.iter();
            tensors.map(|tensor| to_array(name, tensor)).collect()
        };
        let (inputs_of_call, outputs_of_call) = (arrays(inputs)?, arrays(outputs)?);
        if let Some(tensor) = inputs.iter().chain(outputs).next() {
            self.device.get_or_insert(tensor.device());
        }
        let number = self.writer.call(name, inputs_of_call, outputs_of_call);
        if self.versions.has_changed(name)? {
            self.writer.changed_weights(name, number);
        }
        Ok(())
    }

    /// What was recorded so far, in its order; tensors with a digest alone are left out.
    pub fn arrays(&self) -> impl Iterator<Item = (&Stage, &Array)> {
        self.writer.arrays()
    }

    /// Writes the trace, so that `path` holds all of it or what it held before. A recorder that is switched off
    /// writes nothing.
    ///
    /// # Errors
    /// A file that cannot be written.
    pub fn save(&self, path: &Path) -> Result<(), WeightsError> {
        if self.is_off {
            return Ok(());
        }
        let device = match self.device {
            Some(Device::Cuda(index)) => format!("cuda:{index}"),
            _ => "cpu".to_owned(),
        };
        Ok(self.writer.save(path, &settings(&device)?)?)
    }
}

/// What decides the bits of this process, which computes on `device`.
///
/// # Errors
/// Too little memory.
pub fn settings(device: &str) -> Result<Settings, TorchError> {
    let processor = Processor::current()?;
    Ok(Settings {
        recorder: concat!("torch-twin ", env!("CARGO_PKG_VERSION")).to_owned(),
        torch: libtorch::TORCH_VERSION.to_owned(),
        threads: tch::get_num_threads().to_string(),
        cpu_vendor: processor.cpu_vendor,
        cpu_capability: processor.cpu_capability,
        device: device.to_owned(),
    })
}

/// Why a step cannot be recorded.
#[derive(Error)]
#[non_exhaustive]
pub enum RecorderError {
    /// A step does not come after the one before.
    #[error(transparent)]
    Order(#[from] StepOrder),
    /// A failure inside libtorch.
    #[error(transparent)]
    Torch(#[from] TorchError),
}

readable_debug!(RecorderError);
