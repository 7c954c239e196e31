use std::fmt;
use std::io;

use tch::Kind;
use thiserror::Error;

use super::kind::kind_name;
use crate::TorchError;

/// Why weights could not be loaded or saved.
#[derive(Debug, Error)]
pub enum WeightsError {
    /// The operating system refused.
    #[error("cannot be used")]
    Io(#[source] io::Error),
    /// A folder, a pipe or a device.
    #[error("not a file")]
    NotAFile,
    /// The file, or what it unpacks to, is larger than the caller takes.
    #[error("{bytes} bytes are more than a weights file may hold ({limit})")]
    TooLarge {
        /// Its size.
        bytes: u64,
        /// The largest size taken.
        limit: u64,
    },
    /// The file is of no format that is known here.
    #[error("neither safetensors, nor written by torch.save or torch.jit.save")]
    UnknownFormat,
    /// The file is not what its format demands.
    #[error("not a valid {format}: {reason}")]
    Malformed {
        /// What it was taken for.
        format: &'static str,
        /// What is wrong with it.
        reason: String,
    },
    /// A TorchScript module that cannot be used as asked.
    #[error("the TorchScript module {0}")]
    TorchScript(String),
    /// The tensors are not those of the network.
    #[error("the weights do not fit the network:{}", list(faults))]
    Unfit {
        /// Every fault, in the network's order.
        faults: Vec<Fault>,
    },
    /// A failure inside libtorch.
    #[error(transparent)]
    Torch(#[from] TorchError),
}

impl WeightsError {
    /// A file that is not what `format` demands.
    pub(super) fn malformed(format: &'static str, reason: impl ToString) -> Self {
        Self::Malformed {
            format,
            reason: reason.to_string(),
        }
    }
}

/// One reason why a file's tensors are not those of a network.
#[derive(Debug, PartialEq)]
pub enum Fault {
    /// The network has it, the file does not.
    Missing {
        /// The tensor.
        name: String,
        /// Its shape in the network.
        expected: Vec<i64>,
    },
    /// The file has it, the network does not.
    Unexpected {
        /// The tensor.
        name: String,
        /// Its shape in the file.
        found: Vec<i64>,
    },
    /// The shapes differ.
    Shape {
        /// The tensor.
        name: String,
        /// Its shape in the network.
        expected: Vec<i64>,
        /// Its shape in the file.
        found: Vec<i64>,
    },
    /// The types of the values differ.
    Kind {
        /// The tensor.
        name: String,
        /// The type in the network.
        expected: Kind,
        /// The type in the file.
        found: Kind,
    },
    /// Some values are infinite or not a number.
    NotFinite {
        /// The tensor.
        name: String,
        /// How many values.
        count: i64,
    },
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing { name, expected } => {
                write!(f, "{name} is missing (expected shape {expected:?})")
            }
            Self::Unexpected { name, found } => {
                write!(f, "{name} is not in this network (found shape {found:?})")
            }
            Self::Shape {
                name,
                expected,
                found,
            } => write!(f, "{name}: expected shape {expected:?}, found {found:?}"),
            Self::Kind {
                name,
                expected,
                found,
            } => {
                let (expected, found) = (kind_name(*expected), kind_name(*found));
                write!(f, "{name}: expected {expected} values, found {found}")
            }
            Self::NotFinite { name, count } => {
                write!(
                    f,
                    "{name}: expected finite values, found {count} infinite or NaN"
                )
            }
        }
    }
}

/// A line a fault.
pub(super) fn list(faults: &[Fault]) -> String {
    let lines = faults.iter().map(|fault| format!("\n  {fault}"));
    lines.collect()
}
