use std::path::Path;

use image::{GrayImage, imageops};

use super::bounds::Bounds;
use super::digit::{Digit, SIDE};
use super::invert::Invert;
use super::segment::{Cutting, segment};
use super::{PictureError, decode, hollow, ink, lines, mnist_form, normalize, polarity, stroke};

/// Longer pictures are first scaled down to this: a digit in a corner still has pixels enough.
const WORKING_SIDE: u32 = 1024;

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
    let working = working_copy(&picture);
    let is_dark_on_light = match invert {
        Invert::Auto => polarity::is_dark_on_light(&working),
        Invert::Yes => true,
        Invert::No => false,
    };
    let light_on_dark = |mut picture: GrayImage| {
        if is_dark_on_light {
            imageops::invert(&mut picture);
        }
        picture
    };
    let picture = light_on_dark(picture);
    if picture.dimensions() == (SIDE, SIDE) && (!is_dark_on_light || mnist_form::fits(&picture)) {
        return Ok(vec![Digit::whole(picture)]);
    }
    let mut ink = ink::find(&light_on_dark(working))?;
    lines::remove(&mut ink);
    let size = ink.dimensions();
    let digits = segment(ink)?.into_iter();
    Ok(digits
        .map(|cutting| digit(cutting, size, &picture))
        .collect())
}

fn working_copy(picture: &GrayImage) -> GrayImage {
    let (width, height) = picture.dimensions();
    let longer = width.max(height);
    if longer <= WORKING_SIDE {
        return picture.clone();
    }
    let scaled = |side: u32| {
        let side = u64::from(side) * u64::from(WORKING_SIDE) / u64::from(longer);
        (side as u32).max(1)
    };
    imageops::thumbnail(picture, scaled(width), scaled(height))
}

/// What was cut out of a working copy of this size, in MNIST's form.
fn digit(cutting: Cutting, size: (u32, u32), picture: &GrayImage) -> Digit {
    let Cutting { mut ink, bounds } = cutting;
    hollow::fill(&mut ink);
    let pixels = normalize::normalize(&stroke::widen(ink));
    let from = |start: u32, now: u32, then: u32| {
        (u64::from(start) * u64::from(then) / u64::from(now)) as u32
    };
    let to = |end: u32, now: u32, then: u32| {
        (u64::from(end) * u64::from(then)).div_ceil(u64::from(now)) as u32
    };
    let (left, top) = (
        from(bounds.left, size.0, picture.width()),
        from(bounds.top, size.1, picture.height()),
    );
    let bounds = Bounds {
        left,
        top,
        width: to(bounds.right(), size.0, picture.width()) - left,
        height: to(bounds.bottom(), size.1, picture.height()) - top,
    };
    Digit::cut_out(pixels, picture, bounds)
}

fn is_blank(picture: &GrayImage) -> bool {
    let levels = picture.as_raw();
    levels.iter().all(|level| *level == levels[0])
}
