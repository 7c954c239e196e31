//! Pictures of digits, as people draw and photograph them, brought to MNIST's form.
//!
//! MNIST's authors scaled each digit into a box of 20×20 pixels, keeping its proportions, where
//! the scaling left grey levels at the edges of the ink, and moved the centre of the ink's mass
//! to the centre of a field of 28×28 (<http://yann.lecun.com/exdb/mnist/>). [`read`] does the same
//! with any picture, after it has told the ink from the paper.
//!
//! ```no_run
//! use lenet5::picture::{self, Invert};
//!
//! let digit = picture::read("photo.jpg".as_ref(), Invert::Auto)?;
//! let images = digit.to_tensor()?; // 1×28×28, uint8, as the images of a data set
//! # Ok::<(), lenet5::picture::PictureError>(())
//! ```

mod decode;
mod error;
mod ink;
mod jpeg;
mod normalize;
mod paper;

pub use decode::{MAX_BYTES, MAX_PIXELS, is_picture};
pub use error::PictureError;

use std::path::Path;
use std::str::FromStr;

use image::{GrayImage, imageops};
use tch::Tensor;

use torch_twin::TorchError;

/// Height and width of a digit.
pub const SIDE: u32 = 28;

/// A digit in MNIST's form: ink is light on a black ground.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Digit {
    pixels: GrayImage,
}

impl Digit {
    /// The 28 × 28 pixels, row by row; 255 is full ink.
    pub fn pixels(&self) -> &[u8] {
        self.pixels.as_raw()
    }

    /// The digit as the images of a data set are: 1×28×28, uint8.
    ///
    /// # Errors
    /// What libtorch refuses, too little memory above all.
    pub fn to_tensor(&self) -> Result<Tensor, TorchError> {
        let side = i64::from(SIDE);
        Ok(Tensor::f_from_slice(self.pixels())?.f_view((1, side, side))?)
    }
}

/// Whether a picture's ink is darker than its paper, and light and dark have to change places.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Invert {
    /// Find out: what lies along the picture's edges is paper.
    #[default]
    Auto,
    /// The ink is dark on light paper.
    Yes,
    /// The ink is light on a dark ground, as MNIST's.
    No,
}

impl FromStr for Invert {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "auto" => Ok(Self::Auto),
            "yes" => Ok(Self::Yes),
            "no" => Ok(Self::No),
            _ => Err("expected auto, yes or no".to_owned()),
        }
    }
}

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
