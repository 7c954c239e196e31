use std::io;
use std::path::Path;

use image::{GrayImage, ImageError};
use thiserror::Error;
use torch_twin::TorchError;

use super::bounds::Bounds;
use super::constants::{FINEST_SIDE, MAX_DIGITS, SIDE, WORKING_SIDE};
use super::digit::Digit;
use super::ink::Invert;
use super::segment::segment;
use super::working_copy::WorkingCopy;
use super::{decode, mnist_form, polarity};

/// Reads the digits of a PNG, JPEG, GIF, BMP or WebP picture, from left to right; of a moving
/// picture, those of its first frame. There is at least one.
///
/// A picture of 28×28 pixels that is light on dark counts as being in MNIST's form already, and is
/// taken as it is. Dark on light, it is if it has MNIST's measures; then only light and dark change
/// places.
///
/// # Errors
/// A file that cannot be read, is not such a picture, is too large, or shows no digits.
pub fn read(path: &Path, invert: Invert) -> Result<Vec<Digit>, PictureError> {
    read_bytes(&decode::file(path)?, invert)
}

/// [`read`] of a file whose bytes are `file`.
///
/// # Errors
/// As for [`read`].
pub fn read_bytes(file: &[u8], invert: Invert) -> Result<Vec<Digit>, PictureError> {
    let picture = decode::decode(file)?;
    if is_blank(&picture) {
        return Err(PictureError::Blank);
    }
    let part = Bounds {
        left: 0,
        top: 0,
        width: picture.width(),
        height: picture.height(),
    };
    let mut copy = WorkingCopy::of(&picture, part, WORKING_SIDE);
    let mut is_dark_on_light = match invert {
        Invert::Auto => polarity::is_light_along_edges(&copy.levels),
        Invert::Yes => true,
        Invert::No => false,
    };
    copy.invert_if(is_dark_on_light);
    let mut inked = copy.inked();
    let is_sheet = |(ink, pieces): &(_, _)| polarity::is_sheet(ink, pieces);
    if invert == Invert::Auto && inked.as_ref().is_ok_and(is_sheet) {
        is_dark_on_light = !is_dark_on_light;
        copy.invert_if(true);
        inked = copy.inked();
    }
    let is_small = picture.dimensions() == (SIDE, SIDE);
    if is_small && (!is_dark_on_light || mnist_form::fits(&copy.levels)) {
        return Ok(vec![Digit::whole(copy.levels)]);
    }
    let found = inked.and_then(|(ink, pieces)| segment(ink, pieces));
    let finer = match &found {
        Ok(cuttings) => copy.finer(&picture, cuttings),
        // What is as thin as a hair vanishes when it is scaled down.
        Err(_) => copy
            .is_smaller()
            .then(|| WorkingCopy::of(&picture, part, FINEST_SIDE)),
    };
    if let Some(mut finer) = finer {
        finer.invert_if(is_dark_on_light);
        let cuttings = finer.inked().and_then(|(ink, pieces)| segment(ink, pieces));
        if cuttings.is_ok() || found.is_err() {
            return Ok(finer.digits(cuttings?));
        }
    }
    Ok(copy.digits(found?))
}

fn is_blank(picture: &GrayImage) -> bool {
    let levels = picture.as_raw();
    levels.iter().all(|level| *level == levels[0])
}

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

/// The most bytes that a picture's file may have.
pub const MAX_BYTES: u64 = 256 << 20;

/// The most pixels that a picture may have: a telephone's largest are 50 million.
pub const MAX_PIXELS: u64 = 64_000_000;
