//! IDX, the format of MNIST's files: a big-endian header of a magic number and the dimensions,
//! then unsigned bytes. <http://yann.lecun.com/exdb/mnist/> defines it.

use std::fs::{self, File};
use std::io::{self, BufRead, BufReader, Read};
use std::path::Path;

use sha2::{Digest, Sha256};

use super::gzip::GzipMembers;
use super::idx_error::IdxError;
use super::idx_kind::IdxKind;

const GZIP_MAGIC: [u8; 2] = [0x1f, 0x8b];

/// The content of an IDX file.
#[derive(Debug)]
pub struct Idx {
    /// Images or labels.
    pub kind: IdxKind,
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
    pub fn open(path: &Path, kind: IdxKind) -> Result<Self, IdxError> {
        // Opening a pipe would wait for its writer.
        if !fs::metadata(path).map_err(IdxError::Read)?.is_file() {
            return Err(IdxError::NotAFile);
        }
        let file = File::open(path).map_err(IdxError::Read)?;
        Self::read(BufReader::with_capacity(1 << 16, file), kind)
    }

    /// Reads from anything, plain or gzip by its content.
    ///
    /// # Errors
    ///
    /// As [`Idx::open`].
    pub fn read(mut input: impl BufRead, kind: IdxKind) -> Result<Self, IdxError> {
        let start = input.fill_buf().map_err(IdxError::Read)?;
        if start.starts_with(&GZIP_MAGIC) {
            decode(Content::new(GzipMembers::new(input)), kind)
        } else {
            decode(Content::new(input), kind)
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

fn decode(mut content: Content<impl Read>, kind: IdxKind) -> Result<Idx, IdxError> {
    let header = 4 * (1 + kind.dimensions() as u64);

    let found = content.read_u32s(1, header)?[0];
    if found == kind.other().magic() {
        return Err(IdxError::Swapped {
            found: kind.other(),
            expected: kind,
        });
    }
    if found != kind.magic() {
        return Err(IdxError::NotIdx {
            found: found.to_be_bytes(),
            expected: kind,
        });
    }

    let shape = content.read_u32s(kind.dimensions(), header)?;
    let Some(length) = accepted_length(kind, &shape) else {
        return Err(IdxError::Size { kind, shape });
    };
    let bytes = content.read(length, header + length)?;
    content.expect_end()?;
    Ok(Idx { kind, shape, bytes })
}

/// The product of the dimensions, if it is neither zero nor above [`IdxKind::max_bytes`].
fn accepted_length(kind: IdxKind, shape: &[u32]) -> Option<u64> {
    let length = shape.iter().try_fold(1_u64, |product, &dimension| {
        product.checked_mul(dimension.into())
    })?;
    (1..=kind.max_bytes()).contains(&length).then_some(length)
}

/// Uncompressed content, with what its errors need.
struct Content<R> {
    input: R,
    position: u64,
}

impl<R: Read> Content<R> {
    fn new(input: R) -> Self {
        Self { input, position: 0 }
    }

    fn read_u32s(&mut self, count: usize, expected: u64) -> Result<Vec<u32>, IdxError> {
        let bytes = self.read(4 * count as u64, expected)?;
        let words = bytes.as_chunks().0.iter();
        Ok(words.map(|&word| u32::from_be_bytes(word)).collect())
    }

    /// Reads `length` bytes of a content that should have `expected` in all.
    fn read(&mut self, length: u64, expected: u64) -> Result<Vec<u8>, IdxError> {
        let mut bytes = Vec::new();
        let result = self.input.by_ref().take(length).read_to_end(&mut bytes);
        self.position += bytes.len() as u64;
        match result {
            // The decoder reports a gzip file that is cut off as an unexpected end.
            Err(error) if error.kind() != io::ErrorKind::UnexpectedEof => Err(broken(error)),
            _ if (bytes.len() as u64) < length => Err(IdxError::Truncated {
                found: self.position,
                expected,
            }),
            _ => Ok(bytes),
        }
    }

    /// Makes sure that nothing follows; in a gzip file, that its checksum is right too.
    fn expect_end(&mut self) -> Result<(), IdxError> {
        match self.input.by_ref().take(1).read_to_end(&mut Vec::new()) {
            Ok(0) => Ok(()),
            Ok(_) => Err(IdxError::Padded {
                expected: self.position,
            }),
            Err(error) => Err(broken(error)),
        }
    }
}

fn broken(error: io::Error) -> IdxError {
    match error.kind() {
        io::ErrorKind::InvalidInput | io::ErrorKind::InvalidData | io::ErrorKind::UnexpectedEof => {
            IdxError::Gzip(error)
        }
        _ => IdxError::Read(error),
    }
}
