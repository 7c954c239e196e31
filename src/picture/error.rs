use std::io;

use image::ImageError;
use thiserror::Error;
use torch_twin::TorchError;

use super::constants::MAX_DIGITS;

/// The most bytes that a picture's file may have.
pub const MAX_BYTES: u64 = 256 << 20;

/// The most pixels that a picture may have: a telephone's largest are 50 million.
pub const MAX_PIXELS: u64 = 64_000_000;

/// Why a file shows no digit.
#[derive(Debug, Error)]
pub enum PictureError {
    /// The operating system refused to read.
    #[error("cannot be read")]
    Read(#[source] io::Error),

    /// A folder, a pipe or a device.
    #[error("is not a regular file")]
    NotAFile,

    /// The file has too many bytes.
    #[error("has {0} bytes, more than a picture may have here ({MAX_BYTES})")]
    TooManyBytes(u64),

    /// The content is of another format, whatever the file's name.
    #[error("is not a PNG, JPEG, GIF, BMP or WebP picture; convert it to one of them")]
    UnknownFormat,

    /// The picture has too many pixels.
    #[error(
        "has {width}×{height} pixels, more than {} million ({} million in 16-bit colours); \
         scale it down",
        MAX_PIXELS / 1_000_000,
        MAX_PIXELS / 2_000_000
    )]
    TooManyPixels {
        /// Width in pixels.
        width: u32,
        /// Height in pixels.
        height: u32,
    },

    /// The content breaks the rules of its format.
    #[error("is a damaged picture: {0}")]
    Damaged(ImageError),

    /// The content ends before the picture does.
    #[error("is a damaged picture: it is cut off")]
    CutOff,

    /// All of it has one colour.
    #[error("is empty: all of it has one colour")]
    Blank,

    /// Nothing stands out from the paper.
    #[error("shows no digit: nothing stands out from the paper")]
    NoInk,

    /// What stands out from the paper is too much to be digits.
    #[error(
        "shows no digits: what stands out from the paper is too ragged, or in more than {MAX_DIGITS} \
         pieces"
    )]
    TooMuch,

    /// libtorch failed, for want of memory for instance.
    #[error(transparent)]
    Torch(#[from] TorchError),
}
