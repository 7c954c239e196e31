use std::path::Path;

use tch::{Device, Tensor};

use super::DiffError;
use super::entry::Entry;
use super::own_order::in_own_order;
use crate::trace::{Settings, Trace, TraceError};
use crate::weights::{self, DEFAULT_MAX_BYTES, Format, ScriptModule, WeightsError};

/// One of the two sides: a trace, or a file of weights.
pub struct Side {
    source: Source,
}

enum Source {
    Trace(Box<Trace>),
    Weights {
        tensors: Vec<(String, Tensor)>,
        module: Option<ScriptModule>,
    },
}

impl Side {
    /// Opens a trace, or else reads the weights in a file that [`weights::load`] takes.
    ///
    /// # Errors
    /// A file that is neither, or is damaged.
    pub fn open(path: &Path) -> Result<Self, DiffError> {
        let source = match Trace::open_unnamed(path) {
            Ok(trace) => Source::Trace(Box::new(trace)),
            Err(TraceError::Foreign(_)) => Self::weights(path).map_err(DiffError::Weights)?,
            Err(error) => return Err(error.into()),
        };
        Ok(Self { source })
    }

    fn weights(path: &Path) -> Result<Source, WeightsError> {
        let contents = weights::read(path, DEFAULT_MAX_BYTES)?;
        let is_script = matches!(
            Format::of(&contents, DEFAULT_MAX_BYTES)?,
            Format::TorchScript
        );
        if !is_script {
            let tensors = weights::parse(&contents, DEFAULT_MAX_BYTES)?.tensors;
            let tensors = in_own_order(&contents, tensors);
            let module = None;
            return Ok(Source::Weights { tensors, module });
        }
        let module = ScriptModule::load(&contents, Device::Cpu, DEFAULT_MAX_BYTES)?;
        // A traced function has constants alone, and can be run all the same.
        let tensors = match weights::parse(&contents, DEFAULT_MAX_BYTES) {
            Ok(loaded) => loaded.tensors.into_iter().collect(),
            Err(WeightsError::TorchScript(_)) => Vec::new(),
            Err(error) => return Err(error),
        };
        let module = Some(module);
        Ok(Source::Weights { tensors, module })
    }

    /// The trace, if it is one.
    pub fn trace(&self) -> Option<&Trace> {
        match &self.source {
            Source::Trace(trace) => Some(trace),
            Source::Weights { .. } => None,
        }
    }

    /// What decided bits when it was recorded; unknown for weights.
    pub fn settings(&self) -> Option<&Settings> {
        self.trace().map(Trace::settings)
    }

    /// What it is, for people.
    pub fn description(&self) -> &'static str {
        match &self.source {
            Source::Trace(_) => "trace",
            Source::Weights {
                module: Some(_), ..
            } => "TorchScript module",
            Source::Weights { module: None, .. } => "weights",
        }
    }

    pub(super) fn module(&self) -> Option<&ScriptModule> {
        match &self.source {
            Source::Trace(_) => None,
            Source::Weights { module, .. } => module.as_ref(),
        }
    }

    /// All that it holds; weights are taken for those of `weights_step`.
    pub(super) fn entries(&self, weights_step: u64) -> Result<Vec<Entry<'_>>, DiffError> {
        match &self.source {
            Source::Trace(trace) => {
                let numbers = 0..trace.stages().len();
                Ok(numbers
                    .map(|number| Entry::recorded(trace, number))
                    .collect())
            }
            Source::Weights { tensors, .. } => {
                let tensors = tensors.iter();
                tensors
                    .map(|(name, tensor)| Entry::weight(weights_step, name, tensor))
                    .collect()
            }
        }
    }
}
