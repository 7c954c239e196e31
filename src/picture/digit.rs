use image::{GrayImage, imageops};
use tch::Tensor;
use torch_twin::TorchError;

use super::bounds::Bounds;

/// Height and width of a digit.
pub const SIDE: u32 = 28;

/// A digit in MNIST's form: ink is light on a black ground.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Digit {
    pixels: GrayImage,
    bounds: Bounds,
    cutting: GrayImage,
}

impl Digit {
    /// A picture that is a digit in MNIST's form.
    pub(super) fn whole(picture: GrayImage) -> Self {
        let bounds = Bounds {
            left: 0,
            top: 0,
            width: picture.width(),
            height: picture.height(),
        };
        Self {
            cutting: picture.clone(),
            pixels: picture,
            bounds,
        }
    }

    /// A digit whose form is `pixels`, from a part of a picture that is light on dark.
    pub(super) fn cut_out(pixels: GrayImage, picture: &GrayImage, bounds: Bounds) -> Self {
        let Bounds {
            left,
            top,
            width,
            height,
        } = bounds;
        let part = imageops::crop_imm(picture, left, top, width, height);
        let longer = bounds.longer();
        let scaled = |side: u32| (u64::from(side) * u64::from(SIDE) / u64::from(longer)) as u32;
        let (width, height) = (scaled(width).max(1), scaled(height).max(1));
        Self {
            pixels,
            bounds,
            cutting: imageops::thumbnail(&*part, width, height),
        }
    }

    /// The 28 × 28 pixels, row by row; 255 is full ink.
    pub fn pixels(&self) -> &[u8] {
        self.pixels.as_raw()
    }

    /// Where the digit lies in the picture.
    pub fn bounds(&self) -> Bounds {
        self.bounds
    }

    /// What the picture shows there, light on dark, in at most 28 × 28 pixels.
    pub fn cutting(&self) -> &GrayImage {
        &self.cutting
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
