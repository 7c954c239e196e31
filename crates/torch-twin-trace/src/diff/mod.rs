//! Where two programs part: two traces, or a trace and weights, stage by stage.
//!
//! ```
//! use torch_twin_trace::Array;
//! use torch_twin_trace::diff::{Options, Report, Side};
//! use torch_twin_trace::trace::{Kind, Settings, Writer};
//!
//! let folder = tempfile::tempdir()?;
//! let record = |name, loss: f32| -> Result<_, Box<dyn std::error::Error>> {
//!     let path = folder.path().join(name);
//!     let mut writer = Writer::default();
//!     writer.step(1)?;
//!     writer.record(Kind::Loss, "loss", Array::from_f32(&[], &[loss])?);
//!     writer.save(&path, &Settings::of_program("my-program 1.0"))?;
//!     Ok(Side::open(&path)?)
//! };
//! let (ours, theirs) = (record("ours.trace", 1.0)?, record("theirs.trace", 2.0)?);
//! let report = Report::new(&ours, &theirs, Options::default())?;
//! assert_eq!(report.verdict.unwrap().to_string(), "first difference: the loss, step 1");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! `docs/diff.md` says how it is found.

mod document;
mod entry;
mod error;
mod judge;
mod names;
mod pairing;
mod report;
mod row;
mod side;
mod table;
mod text;
mod values;
mod verdict;
mod wrapper;

pub use document::{Document, differing_settings};
pub use error::DiffError;
pub use report::{Options, Report};
pub use row::{Outcome, Row};
pub use side::{Script, ScriptLoader, Side};
pub use text::TextStyle;
pub use verdict::{Cause, Verdict};
