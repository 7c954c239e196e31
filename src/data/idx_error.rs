use std::io;

use thiserror::Error;

use super::idx_kind::IdxKind;

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
