use std::path::{Path, PathBuf};

use super::idx::IdxKind;

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
    pub fn kind(self) -> IdxKind {
        match self {
            Self::TrainImages | Self::TestImages => IdxKind::Images,
            Self::TrainLabels | Self::TestLabels => IdxKind::Labels,
        }
    }

    /// Where the file may stand directly in `folder`: plain, which is faster to read, then gzip.
    pub(super) fn paths_in(self, folder: &Path) -> [PathBuf; 2] {
        [
            folder.join(self.name()),
            folder.join(format!("{}.gz", self.name())),
        ]
    }

    /// The names that the file has among data sets in MNIST's form, plain: MNIST's, then those of
    /// EMNIST (`test` in place of `t10k`) and of copies with a dot (`train-images.idx3-ubyte`).
    pub(super) fn names(self) -> Vec<String> {
        let name = self.name();
        let test = name.replace("t10k", "test");
        let names = [name.to_owned(), test];
        let dotted = names.clone().map(|name| name.replace("-idx", ".idx"));
        let mut names: Vec<_> = names.into_iter().chain(dotted).collect();
        names.dedup();
        names
    }
}
