//! IDX, the format of MNIST's files: a big-endian header of a magic number and the dimensions,
//! then unsigned bytes. <http://yann.lecun.com/exdb/mnist/> defines it.

use std::fmt;
use std::fs::{self, File};
use std::io::{self, BufRead, BufReader, Read};
use std::path::{Path, PathBuf};

use flate2::bufread::MultiGzDecoder;
use sha2::{Digest, Sha256};

use super::DataError;

/// The most bytes of images or labels that are read from a file, 2 GiB: three times the largest
/// data set in common use, EMNIST's 814,255 images.
pub const MAX_BYTES: u64 = 1 << 31;

const GZIP_MAGIC: [u8; 2] = [0x1f, 0x8b];

/// What a file holds, by its magic number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Images: count, rows, columns.
    Images,
    /// Labels: count.
    Labels,
}

impl Kind {
    /// The number that a file of this kind starts with.
    pub fn magic(self) -> u32 {
        match self {
            Self::Images => 2051,
            Self::Labels => 2049,
        }
    }

    fn other(self) -> Self {
        match self {
            Self::Images => Self::Labels,
            Self::Labels => Self::Images,
        }
    }

    fn dimensions(self) -> usize {
        match self {
            Self::Images => 3,
            Self::Labels => 1,
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Images => "images",
            Self::Labels => "labels",
        })
    }
}

/// The content of an IDX file.
#[derive(Debug)]
pub struct Idx {
    /// Where it was read from, for messages.
    pub path: PathBuf,
    /// Images or labels.
    pub kind: Kind,
    /// Count, rows and columns of images; count of labels. None is zero.
    pub shape: Vec<u32>,
    /// The pixels or labels, as many as the shape says.
    pub bytes: Vec<u8>,
}

impl Idx {
    /// Reads a file, plain or gzip by its content, whatever its name.
    ///
    /// # Errors
    ///
    /// Anything but a regular file that holds exactly one whole IDX array of this kind. The
    /// header is not believed: memory grows only as content arrives.
    pub fn open(path: &Path, kind: Kind) -> Result<Self, DataError> {
        let unreadable = |source| DataError::Read {
            path: path.to_owned(),
            source,
        };
        // Opening a pipe would wait for its writer.
        if !fs::metadata(path).map_err(unreadable)?.is_file() {
            return Err(DataError::NotAFile {
                path: path.to_owned(),
            });
        }
        let file = File::open(path).map_err(unreadable)?;
        Self::read(BufReader::with_capacity(1 << 16, file), path, kind)
    }

    /// Reads from anything, plain or gzip by its content; `path` is for messages.
    ///
    /// # Errors
    ///
    /// As [`Idx::open`].
    pub fn read(mut input: impl BufRead, path: &Path, kind: Kind) -> Result<Self, DataError> {
        let start = input.fill_buf().map_err(|source| DataError::Read {
            path: path.to_owned(),
            source,
        })?;
        if start.starts_with(&GZIP_MAGIC) {
            decode(Content::new(MultiGzDecoder::new(input), path), kind)
        } else {
            decode(Content::new(input, path), kind)
        }
    }

    /// SHA-256 of the uncompressed file, in hexadecimal.
    pub fn sha256(&self) -> String {
        let mut hasher = Sha256::new();
        hasher.update(self.kind.magic().to_be_bytes());
        for dimension in &self.shape {
            hasher.update(dimension.to_be_bytes());
        }
        hasher.update(&self.bytes);
        format!("{:x}", hasher.finalize())
    }
}

fn decode(mut content: Content<impl Read>, kind: Kind) -> Result<Idx, DataError> {
    let path = content.path.to_owned();
    let header = 4 * (1 + kind.dimensions() as u64);

    let found = content.read_u32s(1, header)?[0];
    if found == kind.other().magic() {
        return Err(DataError::Swapped {
            path,
            found: kind.other(),
            expected: kind,
        });
    }
    if found != kind.magic() {
        return Err(DataError::NotIdx {
            path,
            found: found.to_be_bytes(),
            expected: kind,
        });
    }

    let shape = content.read_u32s(kind.dimensions(), header)?;
    let Some(length) = accepted_length(&shape) else {
        return Err(DataError::Size { path, kind, shape });
    };
    let bytes = content.read(length, header + length)?;
    content.expect_end()?;
    Ok(Idx {
        path,
        kind,
        shape,
        bytes,
    })
}

/// The product of the dimensions, if it is neither zero nor above [`MAX_BYTES`].
fn accepted_length(shape: &[u32]) -> Option<u64> {
    let length = shape.iter().try_fold(1_u64, |product, &dimension| {
        product.checked_mul(dimension.into())
    })?;
    (1..=MAX_BYTES).contains(&length).then_some(length)
}

/// Uncompressed content, with what its errors need.
struct Content<'a, R> {
    input: R,
    path: &'a Path,
    position: u64,
}

impl<'a, R: Read> Content<'a, R> {
    fn new(input: R, path: &'a Path) -> Self {
        Self {
            input,
            path,
            position: 0,
        }
    }

    fn read_u32s(&mut self, count: usize, expected: u64) -> Result<Vec<u32>, DataError> {
        let bytes = self.read(4 * count as u64, expected)?;
        Ok(bytes
            .as_chunks()
            .0
            .iter()
            .map(|&word| u32::from_be_bytes(word))
            .collect())
    }

    /// Reads `length` bytes of a content that should have `expected` in all.
    fn read(&mut self, length: u64, expected: u64) -> Result<Vec<u8>, DataError> {
        let mut bytes = Vec::new();
        let result = self.input.by_ref().take(length).read_to_end(&mut bytes);
        self.position += bytes.len() as u64;
        match result {
            // The decoder reports a gzip file that is cut off as an unexpected end.
            Err(error) if error.kind() != io::ErrorKind::UnexpectedEof => Err(self.broken(error)),
            _ if (bytes.len() as u64) < length => Err(DataError::Truncated {
                path: self.path.to_owned(),
                found: self.position,
                expected,
            }),
            _ => Ok(bytes),
        }
    }

    /// Makes sure that nothing follows; in a gzip file, that its checksum is right too.
    fn expect_end(&mut self) -> Result<(), DataError> {
        match self.input.by_ref().take(1).read_to_end(&mut Vec::new()) {
            Ok(0) => Ok(()),
            Ok(_) => Err(DataError::Padded {
                path: self.path.to_owned(),
                expected: self.position,
            }),
            Err(error) => Err(self.broken(error)),
        }
    }

    fn broken(&self, source: io::Error) -> DataError {
        let path = self.path.to_owned();
        match source.kind() {
            io::ErrorKind::InvalidInput
            | io::ErrorKind::InvalidData
            | io::ErrorKind::UnexpectedEof => DataError::Gzip { path, source },
            _ => DataError::Read { path, source },
        }
    }
}
