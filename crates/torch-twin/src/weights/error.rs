use std::fmt;

use thiserror::Error;
use torch_twin_trace::weights::FileError;
use torch_twin_trace::{Dtype, readable_debug};

use crate::{TorchError, printable};

/// Why weights could not be loaded or saved.
#[derive(Error)]
#[non_exhaustive]
pub enum WeightsError {
    /// The file cannot be read or written.
    #[error(transparent)]
    File(#[from] FileError),
    /// The tensors are not those of the network.
    #[error("the weights do not fit the network:{}", FaultList(faults))]
    Unfit {
        /// Every fault, in the network's order.
        faults: Vec<Fault>,
    },
    /// A failure inside libtorch.
    #[error(transparent)]
    Torch(#[from] TorchError),
}

readable_debug!(WeightsError);

/// One reason why a file's tensors are not those of a network.
#[derive(Debug, PartialEq)]
#[non_exhaustive]
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
        expected: Dtype,
        /// The type in the file.
        found: Dtype,
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
        let name = printable(self.name());
        match self {
            Self::Missing { expected, .. } => {
                write!(f, "{name} is missing (expected shape {expected:?})")
            }
            Self::Unexpected { found, .. } => {
                write!(f, "{name} is not in this network (found shape {found:?})")
            }
            Self::Shape {
                expected, found, ..
            } => write!(f, "{name}: expected shape {expected:?}, found {found:?}"),
            Self::Kind {
                expected, found, ..
            } => {
                let (expected, found) = (expected.torch_name(), found.torch_name());
                write!(f, "{name}: expected {expected} values, found {found}")
            }
            Self::NotFinite { count, .. } => {
                write!(
                    f,
                    "{name}: expected finite values, found {count} infinite or NaN"
                )
            }
        }
    }
}

impl Fault {
    fn name(&self) -> &str {
        match self {
            Self::Missing { name, .. }
            | Self::Unexpected { name, .. }
            | Self::Shape { name, .. }
            | Self::Kind { name, .. }
            | Self::NotFinite { name, .. } => name,
        }
    }
}

/// Faults on lines of their own: the first ten, and how many more there are.
pub struct FaultList<'a>(pub &'a [Fault]);

impl fmt::Display for FaultList<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const SHOWN: usize = 10;
        for fault in self.0.iter().take(SHOWN) {
            write!(f, "\n  {fault}")?;
        }
        match self.0.len().saturating_sub(SHOWN) {
            0 => Ok(()),
            more => write!(f, "\n  and {more} more"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn unexpected(name: &str) -> Fault {
        Fault::Unexpected {
            name: name.to_owned(),
            found: vec![1],
        }
    }

    #[test]
    fn a_name_cannot_pass_for_a_line_of_its_own() {
        let error = WeightsError::Unfit {
            faults: vec![unexpected("x\nerror: all is lost\u{1b}[31m")],
        };
        assert_eq!(
            error.to_string(),
            "the weights do not fit the network:\n  \
             x\\nerror: all is lost\\u{1b}[31m is not in this network (found shape [1])"
        );
    }

    #[test]
    fn many_faults_are_ten_lines_and_a_count() {
        let faults = (0..20_000).map(|number| unexpected(&number.to_string()));
        let error = WeightsError::Unfit {
            faults: faults.collect(),
        };
        let text = error.to_string();
        assert_eq!(text.lines().count(), 12);
        assert!(text.ends_with("\n  and 19990 more"), "{text}");
    }
}
