use std::collections::{BTreeMap, HashMap};
use std::path::Path;

use thiserror::Error;

use super::{
    ChangedWeights, Digest, FORMAT, Kind, LearningRates, Remarks, Settings, Stage, VERSION,
};
use crate::weights::{self, FileError};
use crate::{Array, readable_debug};

/// Writes a trace: any program that has the bytes of its tensors can record what it computes.
///
/// ```
/// use torch_twin_trace::Array;
/// use torch_twin_trace::trace::{Kind, Settings, Writer};
///
/// let mut writer = Writer::default();
/// writer.record(Kind::Weight, "fc.weight", Array::from_f32(&[1, 2], &[0.5, 0.25])?);
/// writer.step(1)?;
/// let (x, y) = (Array::from_f32(&[1, 2], &[1.0, 2.0])?, Array::from_f32(&[1, 1], &[1.0])?);
/// writer.call("fc", [x], [y]);
/// let folder = tempfile::tempdir()?;
/// writer.save(&folder.path().join("ours.trace"), &Settings::of_program("my-program 1.0"))?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Default)]
pub struct Writer {
    /// The latest step, if any has begun.
    step: Option<u64>,
    stages: Vec<Stage>,
    arrays: BTreeMap<String, Array>,
    /// How often each stage came in this step; of a module, its calls.
    counts: HashMap<(Kind, String), u64>,
    remarks: Remarks,
    digest_above: Option<usize>,
    only_steps: Option<Vec<u64>>,
}

/// A step that does not come after the one before.
#[derive(Error)]
#[error(
    "step {number} begins after step {last}: number the steps upwards, and record weights within their step"
)]
pub struct StepOrder {
    /// The step.
    pub number: u64,
    /// The one before.
    pub last: u64,
}

readable_debug!(StepOrder);

impl Writer {
    /// Keeps only a digest and statistics of arrays with more values than this.
    pub fn digest_above(&mut self, values: usize) {
        self.digest_above = Some(values);
    }

    /// Records only these steps, and step 0.
    pub fn only_steps(&mut self, steps: impl Into<Vec<u64>>) {
        self.only_steps = Some(steps.into());
    }

    /// Begins a step of training, from 1 on; 0 is the state before training.
    ///
    /// # Errors
    /// A number that is not larger than that of the step before.
    pub fn step(&mut self, number: u64) -> Result<(), StepOrder> {
        match self.step {
            // Several networks have their weights recorded before the first step.
            Some(0) if number == 0 => (),
            Some(last) if number <= last => return Err(StepOrder { number, last }),
            _ => self.counts.clear(),
        }
        self.step = Some(number);
        Ok(())
    }

    /// The current step.
    pub fn number(&self) -> u64 {
        self.step.unwrap_or_default()
    }

    /// Whether the current step is recorded.
    pub fn is_recording(&self) -> bool {
        let number = self.number();
        let is_chosen = |steps: &Vec<u64>| steps.contains(&number);
        number == 0 || self.only_steps.as_ref().is_none_or(is_chosen)
    }

    /// Records one call of the module `name`, with its inputs and outputs, and gives the number of the call in this step.
    /// Record a module after the modules that it calls; `""` is the network itself.
    pub fn call(
        &mut self,
        name: &str,
        inputs: impl IntoIterator<Item = Array>,
        outputs: impl IntoIterator<Item = Array>,
    ) -> u64 {
        let call = self.count(Kind::Output, name);
        for (index, array) in (0..).zip(inputs) {
            self.push(Kind::Input, name, (call, index), array);
        }
        for (index, array) in (0..).zip(outputs) {
            self.push(Kind::Output, name, (call, index), array);
        }
        call
    }

    /// Records a weight, a loss, a gradient, or a part of an optimizer's state. A tensor that is recorded again in the
    /// same step is told apart by the number of its occurrence.
    pub fn record(&mut self, kind: Kind, name: &str, array: Array) {
        let count = self.count(kind, name);
        let call = if count == 1 { 0 } else { count };
        self.push(kind, name, (call, 0), array);
    }

    /// Notes that a call began with weights that were changed in this step.
    pub fn changed_weights(&mut self, name: &str, call: u64) {
        let (step, name) = (self.number(), name.to_owned());
        let changed = ChangedWeights { step, name, call };
        self.remarks.changed_weights.push(changed);
    }

    /// Notes the learning rates of the step that an optimizer has just made, one for each of its groups.
    pub fn learning_rates(&mut self, optimizer: &str, lrs: &[f64]) {
        self.remarks.learning_rates.push(LearningRates {
            step: self.number(),
            optimizer: optimizer.to_owned(),
            lrs: lrs.to_vec(),
        });
    }

    /// How often a stage came in this step, this time included.
    fn count(&mut self, kind: Kind, name: &str) -> u64 {
        let count = self.counts.entry((kind, name.to_owned())).or_default();
        *count += 1;
        *count
    }

    fn push(&mut self, kind: Kind, name: &str, (call, index): (u64, u64), array: Array) {
        if !self.is_recording() {
            return;
        }
        let values = array.bytes().len() / array.dtype().size();
        let is_large = self.digest_above.is_some_and(|most| values > most);
        let stage = Stage {
            step: self.number(),
            kind,
            name: name.to_owned(),
            call,
            index,
            digest: is_large.then(|| Box::new(Digest::of(&array))),
        };
        if !is_large {
            self.arrays.insert(stage.key(), array);
        }
        self.stages.push(stage);
    }

    /// What was recorded so far, in its order; arrays with a digest alone are left out.
    pub fn arrays(&self) -> impl Iterator<Item = (&Stage, &Array)> {
        let stages = self.stages.iter();
        stages.filter_map(|stage| Some((stage, self.arrays.get(&stage.key())?)))
    }

    /// Writes the trace, so that `path` holds all of it or what it held before.
    ///
    /// # Errors
    /// A file that cannot be written.
    pub fn save(&self, path: &Path, settings: &Settings) -> Result<(), FileError> {
        let json = |error: serde_json::Error| FileError::Io(error.into());
        let stages = serde_json::to_string(&self.stages).map_err(json)?;
        let mut metadata = BTreeMap::from([
            ("format".to_owned(), FORMAT.to_owned()),
            ("version".to_owned(), VERSION.to_owned()),
            ("stages".to_owned(), stages),
        ]);
        metadata.extend(self.remarks.to_metadata().map_err(json)?);
        let settings = settings.iter();
        metadata.extend(settings.map(|(name, value)| (name.to_owned(), value.to_owned())));
        let arrays = self.arrays.iter();
        weights::save(
            path,
            arrays.map(|(name, array)| (name.as_str(), array)),
            &metadata,
        )
    }
}
