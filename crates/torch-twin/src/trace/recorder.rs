use std::collections::{BTreeMap, HashMap};
use std::path::Path;

use tch::{Device, Tensor};

use super::parameter_versions::ParameterVersions;
use super::{Digest, FORMAT, Kind, RecorderError, Remarks, Settings, Stage, Step, VERSION};
use crate::nn::StateDict;
use crate::weights::{self, WeightsError};
use crate::{Tensors, TorchError, form};

/// Records a trace, as `torch_twin.Recorder` does in Python.
///
/// It copies tensors, draws nothing and changes nothing: the numbers are those of a run without it.
#[derive(Default)]
pub struct Recorder {
    is_off: bool,
    /// The latest step, if any has begun.
    step: Option<u64>,
    stages: Vec<Stage>,
    tensors: Tensors,
    /// How often each stage came in this step; of a module, its calls.
    counts: HashMap<(Kind, String), u64>,
    pub(super) versions: ParameterVersions,
    pub(super) remarks: Remarks,
    digest_above: Option<usize>,
    only_steps: Option<Vec<u64>>,
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
        self.digest_above = Some(values);
        self
    }

    /// The same recorder, which records what was before the first step, and these steps alone.
    pub fn only_steps(mut self, steps: impl Into<Vec<u64>>) -> Self {
        self.only_steps = Some(steps.into());
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
        match self.step {
            // Several networks have their weights recorded before the first step.
            Some(0) if number == 0 => (),
            Some(last) if number <= last => {
                return Err(RecorderError::Order { number, last });
            }
            _ => self.counts.clear(),
        }
        self.step = Some(number);
        if self.is_recording() {
            self.versions.begin_step()?;
        }
        Ok(Step::new(self))
    }

    /// The step that is recorded now.
    pub(super) fn number(&self) -> u64 {
        self.step.unwrap_or_default()
    }

    /// Whether this step is to be recorded.
    pub(super) fn is_recording(&self) -> bool {
        let number = self.number();
        let is_chosen = |steps: &Vec<u64>| steps.contains(&number);
        !self.is_off && (number == 0 || self.only_steps.as_ref().is_none_or(is_chosen))
    }

    /// The number of this call of a module in the step, from 1 on.
    pub(super) fn next_call(&mut self, module: &str) -> u64 {
        let count = self.counts.entry((Kind::Output, module.to_owned()));
        let count = count.or_default();
        *count += 1;
        *count
    }

    /// Records what belongs to no call. What comes again in a step has the number of its occurrence for a call.
    pub(super) fn record_once_more(
        &mut self,
        kind: Kind,
        name: &str,
        tensor: &Tensor,
    ) -> Result<(), TorchError> {
        let count = self.counts.entry((kind, name.to_owned())).or_default();
        *count += 1;
        let call = if *count == 1 { 0 } else { *count };
        self.record(kind, name, (call, 0), tensor)
    }

    pub(super) fn record(
        &mut self,
        kind: Kind,
        name: &str,
        (call, index): (u64, u64),
        tensor: &Tensor,
    ) -> Result<(), TorchError> {
        let _is_defined = form(name, tensor)?;
        self.device.get_or_insert(tensor.device());
        let is_large = self.digest_above.is_some_and(|most| tensor.numel() > most);
        let digest = match is_large {
            true => Some(Box::new(Digest::of(tensor)?)),
            false => None,
        };
        let (step, name) = (self.number(), name.to_owned());
        let stage = Stage {
            step,
            kind,
            name,
            call,
            index,
            digest,
        };
        if stage.digest.is_none() {
            let copy = tensor.f_detach_copy()?.f_to_device(Device::Cpu)?;
            self.tensors.insert(stage.key(), copy);
        }
        self.stages.push(stage);
        Ok(())
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
        let json = |error: serde_json::Error| WeightsError::Io(error.into());
        let stages = serde_json::to_string(&self.stages).map_err(json)?;
        let mut metadata = BTreeMap::from([
            ("format".to_owned(), FORMAT.to_owned()),
            ("version".to_owned(), VERSION.to_owned()),
            ("stages".to_owned(), stages),
        ]);
        metadata.extend(self.remarks.to_metadata().map_err(json)?);
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
