use std::io;

use thiserror::Error;

use crate::{ArrayError, printable, readable_debug};

/// Why the weights in a file cannot be read, or not be written.
#[derive(Error)]
#[non_exhaustive]
pub enum FileError {
    /// The operating system refused.
    #[error("cannot be used")]
    Io(#[source] io::Error),
    /// A folder, a pipe or a device.
    #[error("not a file")]
    NotAFile,
    /// The file, or its unpacked contents, are larger than the caller allows.
    #[error("{bytes} bytes are more than a weights file may hold ({limit})")]
    TooLarge {
        /// Its size.
        bytes: u64,
        /// The largest size allowed.
        limit: u64,
    },
    /// A format that is unknown here.
    #[error("neither safetensors, nor written by torch.save or torch.jit.save")]
    UnknownFormat,
    /// A file that was not copied to its end.
    #[error("the {0} ends too early: copy or download it again")]
    CutOff(&'static str),
    /// An archive around the file of weights, by the name of that file.
    #[error("a zip archive around {}: unpack it, and give that file", printable(.0))]
    Packed(String),
    /// A tensor of the model whose kind of values is not read.
    #[error("{name} is not read, for it is {what}: convert it in Python before you save it")]
    Unread {
        /// The tensor.
        name: String,
        /// What it is.
        what: String,
    },
    /// A known format whose weights cannot be read.
    #[error("{format}, which is not read here: {advice}")]
    Foreign {
        /// What the file is.
        format: &'static str,
        /// What to do.
        advice: &'static str,
    },
    /// A file of `torch.save` with Python objects alone.
    #[error(
        "holds no tensors, only objects of Python ({0}): save the state_dict of the model, \
         torch.save(model.state_dict(), FILE)"
    )]
    Objects(String),
    /// A damaged file.
    #[error("not a valid {format}: {reason}")]
    Malformed {
        /// The format that it begins as.
        format: &'static str,
        /// What is wrong with it.
        reason: String,
    },
    /// One file of several is faulty.
    #[error("{}", printable(file))]
    Part {
        /// Its name.
        file: String,
        /// What is wrong with it.
        #[source]
        error: Box<FileError>,
    },
    /// A TorchScript module that cannot be used as asked.
    #[error("the TorchScript module {0}")]
    TorchScript(String),
    /// Two tensors of one name, or a name that the format keeps for itself.
    #[error("the name {} is taken: give each tensor one of its own", printable(.0))]
    Name(String),
    /// Bytes that do not fit their shape.
    #[error(transparent)]
    Array(#[from] ArrayError),
}

readable_debug!(FileError);

impl FileError {
    /// A tensor of the model that is not read.
    pub(crate) fn unread(name: &str, what: &str) -> Self {
        let [name, what] = [name, what].map(printable);
        Self::Unread { name, what }
    }

    /// A file that is not what `format` demands.
    pub(crate) fn malformed(format: &'static str, reason: impl ToString) -> Self {
        Self::Malformed {
            format,
            reason: printable(&reason.to_string()),
        }
    }
}
