//! Where two programs part: two traces, or a trace and weights, stage by stage.
//!
//! ```
//! use tch::{Tensor, kind::FLOAT_CPU};
//! use torch_twin::diff::{Options, Report, Side};
//! use torch_twin::trace::Recorder;
//!
//! let folder = tempfile::tempdir()?;
//! let record = |name, loss: f64| -> Result<_, Box<dyn std::error::Error>> {
//!     let path = folder.path().join(name);
//!     let mut recorder = Recorder::default();
//!     recorder.step(1)?.loss(&(Tensor::ones([], FLOAT_CPU) * loss))?;
//!     recorder.save(&path)?;
//!     Ok(Side::open(&path)?)
//! };
//! let (ours, theirs) = (record("ours.trace", 1.0)?, record("theirs.trace", 2.0)?);
//! let report = Report::new(&ours, &theirs, Options::default())?;
//! assert_eq!(report.verdict.unwrap().to_string(), "first difference: the loss, step 1");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! `docs/diff.md` of torch-twin-trace describes the search.

use tch::Device;
pub use torch_twin_trace::diff::*;

use crate::weights::{DEFAULT_MAX_BYTES, FileError, ScriptModule, WeightsError};

/// Loads a TorchScript module, for [`Side::open_with`].
///
/// # Errors
/// A file that torch.jit.save did not write.
pub fn load_script(contents: &[u8]) -> Result<Box<dyn Script>, FileError> {
    match ScriptModule::load(contents, Device::Cpu, DEFAULT_MAX_BYTES) {
        Ok(module) => Ok(Box::new(module)),
        Err(WeightsError::File(error)) => Err(error),
        Err(error) => Err(FileError::TorchScript(format!("cannot be loaded: {error}"))),
    }
}
