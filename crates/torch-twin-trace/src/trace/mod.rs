//! Traces: what a program computed, stage by stage, in a file.
//!
//! A trace holds weights, the inputs and outputs of every module, losses, gradients and optimizers' states,
//! step by step, with the settings that decide bits. `docs/trace.md` describes the file. A [`Writer`] writes it in any
//! Rust program; the crate `torch-twin` has a recorder for tch, and the package `torch_twin` one for Python. A
//! [`Trace`] reads it, and [`diff`](crate::diff) finds the first difference of two.

mod digest;
mod error;
mod header;
mod reader;
mod remarks;
mod settings;
mod stage;
mod writer;

pub use digest::Digest;
pub(crate) use digest::Digesting;
pub use error::TraceError;
pub use reader::Trace;
pub use remarks::{ChangedWeights, LearningRates, Remarks};
pub use settings::Settings;
pub use stage::Form;
pub use stage::{Kind, Stage};
pub use writer::{StepOrder, Writer};

/// The value of `format` in a trace's metadata.
pub const FORMAT: &str = "torch-twin trace";

/// The value of `version`: a reader of this version refuses others.
pub const VERSION: &str = "1";
