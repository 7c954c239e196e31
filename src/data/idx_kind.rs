use std::fmt;

/// What a file holds, by its magic number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IdxKind {
    /// Images: count, rows, columns.
    Images,
    /// Labels: count.
    Labels,
}

impl IdxKind {
    /// The number that a file of this kind starts with.
    pub fn magic(self) -> u32 {
        match self {
            Self::Images => 2051,
            Self::Labels => 2049,
        }
    }

    /// The most bytes of this kind that are read from a file: a million images of 28×28, or their
    /// labels. The largest data set in common use, EMNIST, has 814,255.
    pub fn max_bytes(self) -> u64 {
        const IMAGES: u64 = 1_000_000;
        match self {
            Self::Images => IMAGES * 28 * 28,
            Self::Labels => IMAGES,
        }
    }

    pub(super) fn other(self) -> Self {
        match self {
            Self::Images => Self::Labels,
            Self::Labels => Self::Images,
        }
    }

    pub(super) fn dimensions(self) -> usize {
        match self {
            Self::Images => 3,
            Self::Labels => 1,
        }
    }
}

impl fmt::Display for IdxKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Images => "images",
            Self::Labels => "labels",
        })
    }
}
