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
//! `docs/diff.md` says how it is found.

mod difference;
mod document;
mod entry;
mod error;
mod flat_parameters;
mod judge;
mod names;
mod own_order;
mod pairing;
mod report;
mod row;
mod side;
mod values;
mod verdict;
mod wrapper;

pub use document::{Document, differing_settings};
pub use error::DiffError;
pub use report::{Options, Report};
pub use row::{Outcome, Row};
pub use side::Side;
pub use verdict::{Cause, Verdict};
