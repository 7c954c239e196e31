use std::io;

use thiserror::Error;

use super::VERSION;
use crate::{ArrayError, Dtype, printable, readable_debug};

/// Why a file cannot be read as a trace.
#[derive(Error)]
#[non_exhaustive]
pub enum TraceError {
    /// The operating system refused.
    #[error("cannot be read")]
    Io(#[source] io::Error),
    /// A folder, a pipe or a device.
    #[error("not a file")]
    NotAFile,
    /// A file of another format, or a safetensors file that no recorder wrote.
    #[error(
        "not a trace: {0}; record one with torch_twin::trace::Recorder, or in Python with \
         the package torch_twin"
    )]
    Foreign(&'static str),
    /// A trace of a later version, or of none.
    #[error(
        "a trace of version {}, and version {VERSION} is read: record it anew with the recorder of this version",
        printable(.0)
    )]
    Version(String),
    /// The header is longer than any trace's.
    #[error(
        "a header of {bytes} bytes, where {limit} are the most that are read: record fewer steps"
    )]
    LongHeader {
        /// Its length.
        bytes: u64,
        /// The longest that is read.
        limit: u64,
    },
    /// The file ends too early.
    #[error("cut off: {found} bytes, where its header tells of {expected}; copy or record it anew")]
    CutOff {
        /// The length that the header tells of.
        expected: u64,
        /// The file's length.
        found: u64,
    },
    /// Values of a type that is not compared.
    #[error(
        "{stage} has values of type {dtype}, and compared are {}: leave it out of the trace",
        Dtype::ALL.map(Dtype::name).join(", ")
    )]
    Unsupported {
        /// The stage.
        stage: String,
        /// The type, as safetensors names it.
        dtype: String,
    },
    /// The file is not what the format demands.
    #[error("a damaged trace: {0}; record it anew")]
    Malformed(String),
    /// What is wrong with the file of this name.
    #[error("{}", printable(file))]
    File {
        /// Its name.
        file: String,
        /// What is wrong with it.
        #[source]
        error: Box<TraceError>,
    },
    /// Bytes that do not fit their shape.
    #[error(transparent)]
    Array(#[from] ArrayError),
}

readable_debug!(TraceError);

impl TraceError {
    pub(super) fn unsupported(stage: &str, dtype: &str) -> Self {
        let [stage, dtype] = [stage, dtype].map(printable);
        Self::Unsupported { stage, dtype }
    }

    pub(crate) fn malformed(reason: impl ToString) -> Self {
        Self::Malformed(printable(&reason.to_string()))
    }
}
