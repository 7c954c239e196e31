use std::path::Path;

use image::GrayImage;

use super::bounds::Bounds;
use super::constants::{FINEST_SIDE, SIDE, WORKING_SIDE};
use super::digit::Digit;
use super::error::PictureError;
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
