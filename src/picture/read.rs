use std::path::Path;

use image::{GrayImage, imageops};

use super::digit::{Digit, SIDE};
use super::invert::Invert;
use super::{PictureError, decode, ink, normalize};

/// Reads a PNG, JPEG, GIF, BMP or WebP picture of one digit; of a moving picture, its first frame.
///
/// A picture of 28×28 pixels counts as being in MNIST's form already: light on dark it is taken
/// as it is, dark on light only light and dark change places.
///
/// # Errors
/// A file that cannot be read, is not such a picture, is too large, or shows no ink.
pub fn read(path: &Path, invert: Invert) -> Result<Digit, PictureError> {
    let mut picture = decode::decode(path)?;
    if is_blank(&picture) {
        return Err(PictureError::Blank);
    }
    let is_dark_on_light = match invert {
        Invert::Auto => is_dark_on_light(&picture),
        Invert::Yes => true,
        Invert::No => false,
    };
    if is_dark_on_light {
        imageops::invert(&mut picture);
    }
    let is_mnist = picture.dimensions() == (SIDE, SIDE);
    let pixels = if is_mnist {
        picture
    } else {
        normalize::normalize(&ink::find(&picture)?)
    };
    Ok(Digit { pixels })
}

/// Whether the ink is darker than the paper: paper is what lies along the edges, and ink what is
/// farthest from it.
fn is_dark_on_light(picture: &GrayImage) -> bool {
    let (width, height) = picture.dimensions();
    let along_edges = picture
        .enumerate_pixels()
        .filter(|(x, y, _)| *x == 0 || *y == 0 || x + 1 == width || y + 1 == height);
    let mut edges: Vec<u8> = along_edges.map(|(_, _, level)| level.0[0]).collect();
    let middle = edges.len() / 2;
    let paper = *edges.select_nth_unstable(middle).1;

    let mut levels = picture.as_raw().clone();
    let last = levels.len() - 1;
    let noise = levels.len() / 1000;
    let darkest = *levels.select_nth_unstable(noise).1;
    let lightest = *levels.select_nth_unstable(last - noise).1;
    paper.saturating_sub(darkest) > lightest.saturating_sub(paper)
}

fn is_blank(picture: &GrayImage) -> bool {
    let levels = picture.as_raw();
    levels.iter().all(|level| *level == levels[0])
}
