use std::path::Path;

use tch::{Device, Tensor};

use super::DiffError;
use crate::trace::{Form, Kind, Settings, Stage, Trace, TraceError};
use crate::weights::{self, DEFAULT_MAX_BYTES, Format, ScriptModule, WeightsError};
use crate::{Tensors, TorchError, tensor_bytes};

/// One of the two sides: a trace, or a file of weights.
pub struct Side {
    source: Source,
}

enum Source {
    Trace(Trace),
    Weights {
        tensors: Tensors,
        module: Option<ScriptModule>,
    },
}

impl Side {
    /// Opens a trace, or else reads the weights in a file that [`weights::load`] takes.
    ///
    /// # Errors
    /// A file that is neither, or is damaged.
    pub fn open(path: &Path) -> Result<Self, DiffError> {
        let source = match Trace::open(path) {
            Ok(trace) => Source::Trace(trace),
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
            let module = None;
            return Ok(Source::Weights { tensors, module });
        }
        let module = ScriptModule::load(&contents, Device::Cpu, DEFAULT_MAX_BYTES)?;
        // A traced function has constants alone, and can be run all the same.
        let tensors = match weights::parse(&contents, DEFAULT_MAX_BYTES) {
            Ok(loaded) => loaded.tensors,
            Err(WeightsError::TorchScript(_)) => Tensors::new(),
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

    /// The stages that are to be compared; weights are taken for those of `weights_step`.
    pub(super) fn stages(&self, weights_step: u64) -> Vec<Stage> {
        match &self.source {
            Source::Trace(trace) => trace.stages().to_vec(),
            Source::Weights { tensors, .. } => {
                let names = tensors.keys();
                names
                    .map(|name| Stage {
                        step: weights_step,
                        kind: Kind::Weight,
                        name: name.clone(),
                        call: 0,
                        index: 0,
                        digest: None,
                    })
                    .collect()
            }
        }
    }

    pub(super) fn form(&self, stage: &Stage) -> Result<Form, DiffError> {
        let missing = || TraceError::malformed(format!("{stage} is not there"));
        Ok(match &self.source {
            Source::Trace(trace) => trace.form(stage).ok_or_else(missing)?,
            Source::Weights { tensors, .. } => {
                Form::of(tensors.get(&stage.name).ok_or_else(missing)?)?
            }
        })
    }

    /// The values of a stage that has no digest, `bytes` long.
    pub(super) fn values<'a>(
        &'a self,
        stage: &'a Stage,
        bytes: u64,
    ) -> Result<Values<'a>, DiffError> {
        let source = match &self.source {
            Source::Trace(trace) => ValueSource::Trace(trace, stage),
            Source::Weights { tensors, .. } => ValueSource::Tensor(flat(&tensors[&stage.name])?),
        };
        Ok(Values { source, bytes })
    }
}

fn flat(tensor: &Tensor) -> Result<Tensor, TorchError> {
    Ok(tensor.f_detach()?.f_flatten(0, -1)?)
}

/// The values of a tensor, of which a part is read at a time.
pub(super) struct Values<'a> {
    source: ValueSource<'a>,
    pub bytes: u64,
}

enum ValueSource<'a> {
    Trace(&'a Trace, &'a Stage),
    /// One dimension.
    Tensor(Tensor),
}

impl Values<'_> {
    pub fn of(tensor: &Tensor, bytes: u64) -> Result<Values<'static>, DiffError> {
        let source = ValueSource::Tensor(flat(tensor)?);
        Ok(Values { source, bytes })
    }

    /// Reads from byte `start` on into `part`.
    pub fn read(&self, start: u64, part: &mut [u8]) -> Result<(), DiffError> {
        match &self.source {
            ValueSource::Trace(trace, stage) => trace.read(stage, start, part)?,
            ValueSource::Tensor(tensor) => {
                let size = tensor.kind().elt_size_in_bytes() as i64;
                let (first, count) = (start as i64 / size, part.len() as i64 / size);
                let values = tensor.f_narrow(0, first, count).map_err(TorchError::from)?;
                part.copy_from_slice(&tensor_bytes(&values)?);
            }
        }
        Ok(())
    }
}
