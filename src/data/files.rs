use std::path::{Path, PathBuf};

use super::idx::{Idx, Kind};
use super::{DataError, Dataset};

/// One of the four files that make a data set in MNIST's form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DatasetFile {
    /// Images to train on.
    TrainImages,
    /// Labels to train on.
    TrainLabels,
    /// Images to test on.
    TestImages,
    /// Labels to test on.
    TestLabels,
}

impl DatasetFile {
    /// All four.
    pub const ALL: [Self; 4] = [
        Self::TrainImages,
        Self::TrainLabels,
        Self::TestImages,
        Self::TestLabels,
    ];

    /// The name that MNIST, and every data set in its form, gives the file; `.gz` may follow.
    pub fn name(self) -> &'static str {
        match self {
            Self::TrainImages => "train-images-idx3-ubyte",
            Self::TrainLabels => "train-labels-idx1-ubyte",
            Self::TestImages => "t10k-images-idx3-ubyte",
            Self::TestLabels => "t10k-labels-idx1-ubyte",
        }
    }

    /// What the file holds.
    pub fn kind(self) -> Kind {
        match self {
            Self::TrainImages | Self::TestImages => Kind::Images,
            Self::TrainLabels | Self::TestLabels => Kind::Labels,
        }
    }

    /// Where the file may stand directly in `folder`: plain, which is faster to read, then gzip.
    pub(super) fn paths_in(self, folder: &Path) -> [PathBuf; 2] {
        [
            folder.join(self.name()),
            folder.join(format!("{}.gz", self.name())),
        ]
    }
}

/// The folders in which a data set named by `folder` may lie: itself, and where torchvision puts it.
pub(super) fn places(folder: &Path) -> [PathBuf; 2] {
    [folder.to_owned(), folder.join("MNIST").join("raw")]
}

/// Reads a data set from a folder that the user named.
pub(super) fn load(folder: &Path, num_classes: i64) -> Result<Dataset, DataError> {
    if !folder.is_dir() {
        return Err(DataError::NotAFolder {
            path: folder.to_owned(),
        });
    }
    let is_missing = |place: &Path, file: DatasetFile| find(place, file).is_none();
    let mut missing = DatasetFile::ALL.map(DatasetFile::name).to_vec();
    for place in places(folder) {
        let absent: Vec<_> = DatasetFile::ALL
            .into_iter()
            .filter(|&file| is_missing(&place, file))
            .map(DatasetFile::name)
            .collect();
        if absent.is_empty() {
            let origin = format!("{}", place.display());
            return Dataset::assemble(origin, num_classes, |file| {
                let path = find(&place, file).unwrap_or_else(|| place.join(file.name()));
                Idx::open(&path, file.kind())
            });
        }
        if absent.len() < missing.len() {
            missing = absent;
        }
    }
    Err(DataError::MissingFiles {
        folder: folder.to_owned(),
        missing,
    })
}

/// The file's path in `folder`; a regular file before anything else of that name.
fn find(folder: &Path, file: DatasetFile) -> Option<PathBuf> {
    let paths = file.paths_in(folder);
    let regular = paths.iter().find(|path| path.is_file());
    regular
        .or_else(|| paths.iter().find(|path| path.exists()))
        .cloned()
}
