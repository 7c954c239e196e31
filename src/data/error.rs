use std::io;
use std::path::PathBuf;

use thiserror::Error;

use super::idx::Kind;
use crate::TorchError;

/// Why there is no data: what is wrong, in which file, and what to do.
#[derive(Debug, Error)]
pub enum DataError {
    /// The operating system refused to read.
    #[error("cannot read {path:?}")]
    Read {
        /// What was to be read.
        path: PathBuf,
        /// The system's reason.
        source: io::Error,
    },

    /// The operating system refused to write.
    #[error("cannot write {path:?}; name another folder in LENET5_DATA")]
    Write {
        /// What was to be written.
        path: PathBuf,
        /// The system's reason.
        source: io::Error,
    },

    /// A folder, a pipe or a device stands where a file belongs.
    #[error("{path:?} is not a regular file; an IDX file is expected there")]
    NotAFile {
        /// What stands there.
        path: PathBuf,
    },

    /// A file, or nothing, stands where a folder belongs.
    #[error("{path:?} is not a folder; name the folder that holds the four IDX files")]
    NotAFolder {
        /// What was named.
        path: PathBuf,
    },

    /// A folder lacks some of the four files of a data set.
    #[error(
        "{folder:?} holds no whole data set: there is no {} (plain or .gz), \
         neither in it nor in MNIST/raw below it",
        missing.join(", no ")
    )]
    MissingFiles {
        /// The folder that was searched.
        folder: PathBuf,
        /// Names of the files that are missing.
        missing: Vec<&'static str>,
    },

    /// The gzip stream is broken.
    #[error("{path:?} is a damaged gzip file; copy or download it again")]
    Gzip {
        /// The file.
        path: PathBuf,
        /// What the decoder met.
        source: io::Error,
    },

    /// The content starts with something other than an IDX header.
    #[error(
        "{path:?} is not an IDX file of {expected}, plain or gzip: it starts with {found:02x?}, \
         not with {:02x?}", expected.magic().to_be_bytes()
    )]
    NotIdx {
        /// The file.
        path: PathBuf,
        /// Its first four bytes, after decompression.
        found: [u8; 4],
        /// What it should hold.
        expected: Kind,
    },

    /// Labels stand where images belong, or the other way round.
    #[error("{path:?} holds {found}, but {expected} belong there; are two files swapped?")]
    Swapped {
        /// The file.
        path: PathBuf,
        /// What it holds.
        found: Kind,
        /// What it should hold.
        expected: Kind,
    },

    /// The content ends before what the header announces.
    #[error(
        "{path:?} is cut off: it holds {found} bytes where {expected} are expected; \
         copy or download it again"
    )]
    Truncated {
        /// The file.
        path: PathBuf,
        /// Bytes of content, header included.
        found: u64,
        /// Bytes that the header announces, itself included.
        expected: u64,
    },

    /// The content goes on after what the header announces.
    #[error(
        "{path:?} goes on after the {expected} bytes that its header announces; \
         copy or download it again"
    )]
    Padded {
        /// The file.
        path: PathBuf,
        /// Bytes that the header announces, itself included.
        expected: u64,
    },

    /// The header announces nothing, or more than is ever read.
    #[error(
        "the header of {path:?} announces {} bytes of {kind}; 1 to {} are accepted",
        shape.iter().map(u32::to_string).collect::<Vec<_>>().join("×"),
        super::idx::MAX_BYTES
    )]
    Size {
        /// The file.
        path: PathBuf,
        /// What it holds.
        kind: Kind,
        /// The dimensions in the header.
        shape: Vec<u32>,
    },

    /// Images of another size than the network takes.
    #[error("the images in {path:?} are {rows}×{columns}; 28×28 is expected")]
    ImageSize {
        /// The file.
        path: PathBuf,
        /// Height in pixels.
        rows: u32,
        /// Width in pixels.
        columns: u32,
    },

    /// Not one label an image.
    #[error(
        "{images_path:?} holds {images} images, but {labels_path:?} holds {labels} labels; \
         take both from one data set"
    )]
    Count {
        /// The file of images.
        images_path: PathBuf,
        /// How many images it holds.
        images: usize,
        /// The file of labels.
        labels_path: PathBuf,
        /// How many labels it holds.
        labels: usize,
    },

    /// A label that is no class.
    #[error(
        "label {label} at index {index} of {path:?} is not below the number of classes, \
         {num_classes}"
    )]
    Label {
        /// The file of labels.
        path: PathBuf,
        /// Which label, from 0.
        index: usize,
        /// The label.
        label: u8,
        /// The number of classes asked for.
        num_classes: i64,
    },

    /// A file of MNIST's name with other content.
    #[error(
        "{path:?} is not MNIST's (SHA-256 {found}, not {expected}); remove it to download MNIST, \
         or name its folder as the data if other data is meant"
    )]
    NotMnist {
        /// The file.
        path: PathBuf,
        /// SHA-256 of its uncompressed content.
        found: String,
        /// SHA-256 of MNIST's.
        expected: &'static str,
    },

    /// No mirror gave the file.
    #[error("cannot download MNIST ({reasons}); copy its four files into {folder:?}")]
    Download {
        /// The folder to fill.
        folder: PathBuf,
        /// What each mirror did.
        reasons: String,
    },

    /// Neither `LENET5_DATA` nor the user's home folder is known.
    #[error("there is no folder to keep MNIST in; name one in LENET5_DATA")]
    NoCacheFolder,

    /// libtorch failed, for want of memory for instance.
    #[error(transparent)]
    Torch(#[from] TorchError),
}

impl DataError {
    /// Whether MNIST is merely out of reach, as on a machine without network, and nothing that
    /// the user provided is wrong.
    pub(super) fn is_out_of_reach(&self) -> bool {
        matches!(
            self,
            Self::Download { .. } | Self::Write { .. } | Self::NoCacheFolder
        )
    }
}

impl From<tch::TchError> for DataError {
    fn from(error: tch::TchError) -> Self {
        Self::Torch(error.into())
    }
}
