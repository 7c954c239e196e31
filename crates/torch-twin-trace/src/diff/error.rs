use thiserror::Error;

use crate::readable_debug;
use crate::trace::TraceError;
use crate::weights::FileError;

/// Why two files cannot be compared.
#[derive(Error)]
#[non_exhaustive]
pub enum DiffError {
    /// A trace that cannot be read.
    #[error(transparent)]
    Trace(#[from] TraceError),
    /// A file that is no trace, and holds no weights either.
    #[error("neither a trace of torch-twin nor weights")]
    Weights(#[source] FileError),
    /// The step is not there to be compared.
    #[error("step {step} is not recorded in both; steps that are: {recorded}")]
    Step {
        /// The step that was asked for.
        step: u64,
        /// Those that could be.
        recorded: String,
    },
    /// A trace without the weights that were to be compared.
    #[error("the trace holds no weights{}; recorder.weights() records them", .0.map(|step| format!(" of step {step}")).unwrap_or_default())]
    NoWeights(Option<u64>),
    /// A TorchScript module that fails for the recorded input.
    #[error("the TorchScript module {0}")]
    Script(String),
    /// There is nothing that both sides have.
    #[error("nothing can be compared: {0}")]
    Nothing(String),
}

readable_debug!(DiffError);
