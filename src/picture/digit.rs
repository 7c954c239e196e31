use image::GrayImage;
use tch::Tensor;
use torch_twin::TorchError;

use super::bounds::Bounds;
use super::thumbnail::thumbnail;

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

    /// A digit whose form is `pixels`, which lies at `bounds`; `part` of `copy`, which is light on
    /// dark, shows it.
    pub(super) fn cut_out(
        pixels: GrayImage,
        bounds: Bounds,
        copy: &GrayImage,
        part: Bounds,
    ) -> Self {
        let longer = u64::from(part.longer());
        let scaled = |side: u32| {
            let scaled = (u64::from(side) * u64::from(SIDE) / longer) as u32;
            scaled.clamp(1, side)
        };
        Self {
            pixels,
            bounds,
            cutting: thumbnail(copy, part, scaled(part.width), scaled(part.height)),
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
