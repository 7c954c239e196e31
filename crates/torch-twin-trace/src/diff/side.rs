use std::path::Path;

use super::DiffError;
use super::entry::Entry;
use crate::Array;
use crate::trace::{Settings, Trace, TraceError};
use crate::weights::{self, DEFAULT_MAX_BYTES, FileError, Format};

/// A TorchScript module that can be run. It takes libtorch to do so, which this crate does not link: a program that
/// does gives a [`ScriptLoader`] to [`Side::open_with`].
pub trait Script {
    /// The module's output for `input`.
    ///
    /// # Errors
    /// Why the module gives no array, in words that follow "the TorchScript module".
    fn run(&self, input: &Array) -> Result<Array, String>;
}

/// Makes a module of a file's bytes.
pub type ScriptLoader = fn(&[u8]) -> Result<Box<dyn Script>, FileError>;

/// One of the two sides: a trace, or a file of weights.
pub struct Side {
    source: Source,
}

enum Source {
    Trace(Box<Trace>),
    Weights {
        arrays: Vec<(String, Array)>,
        is_script: bool,
        /// The module, where a loader was given.
        module: Option<Box<dyn Script>>,
    },
}

impl Side {
    /// Opens a trace, or else reads the weights in a file that [`weights::load`] takes. TorchScript modules are not
    /// run.
    ///
    /// # Errors
    /// A file that is neither, or is damaged.
    pub fn open(path: &Path) -> Result<Self, DiffError> {
        Self::open_with(path, None)
    }

    /// The same, where TorchScript modules are run.
    ///
    /// # Errors
    /// As for [`open`](Self::open), and a module that cannot be loaded.
    pub fn open_with(path: &Path, loader: Option<ScriptLoader>) -> Result<Self, DiffError> {
        let source = match Trace::open_unnamed(path) {
            Ok(trace) => Source::Trace(Box::new(trace)),
            Err(TraceError::Foreign(_)) => {
                Self::weights(path, loader).map_err(DiffError::Weights)?
            }
            Err(error) => return Err(error.into()),
        };
        Ok(Self { source })
    }

    fn weights(path: &Path, loader: Option<ScriptLoader>) -> Result<Source, FileError> {
        let contents = weights::read(path, DEFAULT_MAX_BYTES)?;
        let format = Format::of(&contents, DEFAULT_MAX_BYTES)?;
        let is_script = format == Format::TorchScript;
        let module = match loader.filter(|_| is_script) {
            Some(load) => Some(load(&contents)?),
            None => None,
        };
        let arrays = match weights::parse(&contents, DEFAULT_MAX_BYTES) {
            Ok(weights) => weights.tensors,
            // A traced function has constants alone, and can be run all the same.
            Err(FileError::TorchScript(_)) if module.is_some() => Vec::new(),
            Err(error) => return Err(error),
        };
        Ok(Source::Weights {
            arrays,
            is_script,
            module,
        })
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
            Source::Weights { is_script, .. } => match is_script {
                true => "TorchScript module",
                false => "weights",
            },
        }
    }

    /// Whether it is a TorchScript module.
    pub(super) fn is_script(&self) -> bool {
        matches!(
            self.source,
            Source::Weights {
                is_script: true,
                ..
            }
        )
    }

    /// The TorchScript module, if it can be run.
    pub(super) fn module(&self) -> Option<&dyn Script> {
        match &self.source {
            Source::Trace(_) => None,
            Source::Weights { module, .. } => module.as_deref(),
        }
    }

    /// All that it holds; weights are taken for those of `weights_step`.
    pub(super) fn entries(&self, weights_step: u64) -> Vec<Entry<'_>> {
        match &self.source {
            Source::Trace(trace) => {
                let numbers = 0..trace.stages().len();
                numbers
                    .map(|number| Entry::recorded(trace, number))
                    .collect()
            }
            Source::Weights { arrays, .. } => {
                let arrays = arrays.iter();
                arrays
                    .map(|(name, array)| Entry::weight(weights_step, name, array))
                    .collect()
            }
        }
    }
}
