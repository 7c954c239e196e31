use std::io;
use std::path::PathBuf;

use thiserror::Error;
use torch_twin::{TorchError, printable};

use super::idx::IdxError;
use crate::picture::PictureError;

/// Why there is no data: what is wrong, in which file, and what to do.
#[derive(Debug, Error)]
pub enum DataError {
    /// A file is not what it should be.
    #[error("{path:?} {error}")]
    File {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        error: IdxError,
    },

    /// The operating system refused to write.
    #[error("cannot write {path:?}; name another folder in LENET5_DATA")]
    Write {
        /// What was to be written.
        path: PathBuf,
        /// The system's reason.
        source: io::Error,
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
        missing: Vec<String>,
    },

    /// A folder holds several data sets, told apart by what their files' names begin with.
    #[error(
        "{folder:?} holds several data sets; name one, as {:?}: {}",
        names.first().map(|name| folder.join(name)).unwrap_or_default(), first_few(names)
    )]
    SeveralSets {
        /// The folder.
        folder: PathBuf,
        /// What their files' names begin with.
        names: Vec<String>,
    },

    /// A folder cannot be looked into.
    #[error("{path:?} cannot be read: {source}")]
    Folder {
        /// The folder.
        path: PathBuf,
        /// The system's reason.
        source: io::Error,
    },

    /// More folders than a label can tell apart.
    #[error("{folder:?} holds more than 256 classes")]
    TooManyClasses {
        /// The folder of the classes' folders.
        folder: PathBuf,
    },

    /// No picture in the folders of the classes, or too many.
    #[error("{folder:?} holds {count} pictures in its folders; 1 to {most} are taken")]
    PictureCount {
        /// The folder of the classes' folders.
        folder: PathBuf,
        /// How many there are.
        count: usize,
        /// How many there may be.
        most: usize,
    },

    /// A picture that cannot be read, or shows no digit.
    #[error("{path:?} {error}")]
    Picture {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        error: Box<PictureError>,
    },

    /// A picture of several digits.
    #[error("{path:?} shows {count} digits; a picture to train or test on shows one")]
    SeveralDigits {
        /// The file.
        path: PathBuf,
        /// How many digits it shows.
        count: usize,
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

    /// Labels below the number that the first class was said to have.
    #[error("label {label} at index {index} of {path:?} is below {first}, that of the first class")]
    LabelBelow {
        /// The file of labels.
        path: PathBuf,
        /// Which label, from 0.
        index: usize,
        /// The label.
        label: u8,
        /// The number of the first class.
        first: u8,
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
        num_classes: usize,
        /// Whether all labels are from 1 to the number of classes.
        begin_at_one: bool,
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

/// The first of some names, and how many more there are.
fn first_few(names: &[String]) -> String {
    const SHOWN: usize = 8;
    let shown = names.iter().take(SHOWN).map(|name| printable(name));
    let shown = shown.collect::<Vec<_>>().join(", ");
    match names.len().saturating_sub(SHOWN) {
        0 => shown,
        more => format!("{shown} and {more} more"),
    }
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
