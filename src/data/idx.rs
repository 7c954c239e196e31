//! IDX, the format of MNIST's files: a big-endian header of a magic number and the dimensions,
//! then unsigned bytes. <http://yann.lecun.com/exdb/mnist/> defines it.

use flate2::bufread::GzDecoder;
use sha2::{Digest, Sha256};
use std::fmt;
use std::fs::{self, File};
use std::io::{self, BufRead, BufReader, Read};
use std::path::Path;
use thiserror::Error;

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

/// Why a file is no IDX file, in words that follow its name.
#[derive(Debug, Error)]
pub enum IdxError {
    /// The operating system refused to read.
    #[error("cannot be read: {0}")]
    Read(io::Error),

    /// A folder, a pipe or a device stands where a file belongs.
    #[error("is not a regular file; an IDX file is expected there")]
    NotAFile,

    /// The gzip stream is broken.
    #[error("is a damaged gzip file; copy or download it again: {0}")]
    Gzip(io::Error),

    /// The content starts with something other than an IDX header.
    #[error(
        "is not an IDX file of {expected}, plain or gzip: it starts with {found:02x?}, not with \
         {:02x?}", expected.magic().to_be_bytes()
    )]
    NotIdx {
        /// Its first four bytes, after decompression.
        found: [u8; 4],
        /// What it should hold.
        expected: IdxKind,
    },

    /// Labels stand where images belong, or the other way round.
    #[error("holds {found}, but {expected} belong there; are two files swapped?")]
    Swapped {
        /// What it holds.
        found: IdxKind,
        /// What it should hold.
        expected: IdxKind,
    },

    /// The content ends before what the header announces.
    #[error(
        "is cut off: it holds {found} bytes where {expected} are expected; copy or download it \
         again"
    )]
    Truncated {
        /// Bytes of content, header included.
        found: u64,
        /// Bytes that the header announces, itself included.
        expected: u64,
    },

    /// The content goes on after what the header announces.
    #[error(
        "goes on after the {expected} bytes that its header announces; copy or download it again"
    )]
    Padded {
        /// Bytes that the header announces, itself included.
        expected: u64,
    },

    /// The header announces nothing, or more than is ever read.
    #[error(
        "announces {} bytes of {kind} in its header; 1 to {} are accepted",
        shape.iter().map(u32::to_string).collect::<Vec<_>>().join("×"), kind.max_bytes()
    )]
    Size {
        /// What it holds.
        kind: IdxKind,
        /// The dimensions in the header.
        shape: Vec<u32>,
    },

    /// Images of another size than the network takes.
    #[error("holds images that are {rows}×{columns}; 28×28 or 32×32 is expected")]
    ImageSize {
        /// Height in pixels.
        rows: u32,
        /// Width in pixels.
        columns: u32,
    },
}

/// The members of a gzip file one after another, as Python's `gzip` reads them: zeros after a member
/// are padding.
pub struct GzipMembers<R: BufRead> {
    /// None after the last member.
    member: Option<GzDecoder<R>>,
}

impl<R: BufRead> GzipMembers<R> {
    /// The members of `input`, which begins with one.
    pub fn new(input: R) -> Self {
        Self {
            member: Some(GzDecoder::new(input)),
        }
    }
}

impl<R: BufRead> Read for GzipMembers<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while let Some(member) = &mut self.member {
            let count = member.read(buffer)?;
            if count > 0 || buffer.is_empty() {
                return Ok(count);
            }
            self.member = match self.member.take() {
                Some(member) => next_member(member.into_inner())?,
                None => None,
            };
        }
        Ok(0)
    }
}

/// The member that follows the zeros at the beginning of `rest`, if one does.
fn next_member<R: BufRead>(mut rest: R) -> io::Result<Option<GzDecoder<R>>> {
    loop {
        let ahead = rest.fill_buf()?;
        if ahead.is_empty() {
            return Ok(None);
        }
        let zeros = ahead.iter().take_while(|&&byte| byte == 0).count();
        if zeros < ahead.len() {
            rest.consume(zeros);
            return Ok(Some(GzDecoder::new(rest)));
        }
        rest.consume(zeros);
    }
}
