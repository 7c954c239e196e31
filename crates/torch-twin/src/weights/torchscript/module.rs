use std::collections::BTreeMap;

use tch::{CModule, Device, IValue, TchError, Tensor};
use thiserror::Error;
use torch_twin_trace::diff::Script;
use torch_twin_trace::weights::{FileError, load_metadata};
use torch_twin_trace::{Array, readable_debug};

use super::guard;
use crate::native::print_to_stderr;
use crate::nn::{Forward, ForwardPass};
use crate::tensors::{to_array, to_tensor};
use crate::weights::WeightsError;
use crate::{TorchError, printable};

/// A TorchScript module that maps one tensor to another, as `torch.jit.load` gives it.
///
/// It runs as it is, in `eval` mode; what it prints goes to standard error. Its weights are its own, so it is no [`Module`](crate::nn::Module).
pub struct ScriptModule {
    module: CModule,
    metadata: BTreeMap<String, String>,
}

/// Why a module gave no tensor.
#[derive(Error)]
#[non_exhaustive]
pub enum ScriptError {
    /// The program gave something else.
    #[error("gives something else than one tensor")]
    NotATensor,
    /// The program failed, with what the interpreter said.
    #[error("fails for an input of shape {shape:?}: {reason}")]
    Failed {
        /// The input's shape.
        shape: Vec<i64>,
        /// What the program raised.
        reason: String,
    },
}

readable_debug!(ScriptError);

impl ScriptModule {
    /// Loads a module from its file's bytes onto `device`.
    ///
    /// # Errors
    /// A file that torch.jit.save did not write, or that holds more than `max_bytes`.
    pub fn load(contents: &[u8], device: Device, max_bytes: u64) -> Result<Self, WeightsError> {
        print_to_stderr()?;
        let checked = guard::checked(contents, max_bytes)?;
        let mut module =
            CModule::load_data_on_device(&mut checked.as_slice(), device).map_err(|error| {
                let error = TorchError::from(error);
                FileError::TorchScript(format!("cannot be loaded: {error}"))
            })?;
        module.f_set_eval().map_err(TorchError::from)?;
        Ok(Self {
            module,
            metadata: load_metadata(contents, max_bytes)?,
        })
    }

    /// What the file says of itself, if [`save_torchscript`](super::save_torchscript) wrote it.
    pub fn metadata(&self) -> &BTreeMap<String, String> {
        &self.metadata
    }

    /// The module's output for `input`.
    ///
    /// # Errors
    /// A program that fails, or gives something else.
    pub fn run(&self, input: &Tensor) -> Result<Tensor, ScriptError> {
        let inputs = [IValue::Tensor(input.shallow_clone())];
        match self.module.forward_is(&inputs) {
            Ok(IValue::Tensor(output)) => Ok(output),
            Ok(_) => Err(ScriptError::NotATensor),
            Err(error) => Err(ScriptError::Failed {
                shape: input.size(),
                reason: interpreter_error(error),
            }),
        }
    }
}

impl Script for ScriptModule {
    fn run(&self, input: &Array) -> Result<Array, String> {
        let input = to_tensor(input).map_err(|error| error.to_string())?;
        let output = self.run(&input).map_err(|error| error.to_string())?;
        to_array("its output", &output).map_err(|error| error.to_string())
    }
}

impl Forward for ScriptModule {
    fn forward(&self, input: &Tensor, _pass: &mut ForwardPass<'_>) -> Result<Tensor, TorchError> {
        let of_module = |error| TorchError::new(&format!("the TorchScript module {error}"));
        self.run(input).map_err(of_module)
    }
}

/// What went wrong in the program: the interpreter says it after the program's own traceback.
fn interpreter_error(error: TchError) -> String {
    let TchError::Torch(text) = error else {
        return TorchError::from(error).to_string();
    };
    let after_traceback = text.rsplit("<--- HERE").next().unwrap_or_default();
    let raised = after_traceback.lines().find(|line| {
        let exception = line.split_once(": ").map_or("", |(exception, _)| exception);
        !exception.contains(' ') && exception.ends_with("Error")
    });
    match raised {
        Some(line) => printable(line),
        None => TorchError::new(&text).to_string(),
    }
}
