use image::GrayImage;
use tch::Tensor;
use torch_twin::TorchError;

use super::bounds::Bounds;
use super::constants::SIDE;

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

/// Scales a part of a picture down: the mean, rounded, of the pixels that go into each new one.
pub(super) fn thumbnail(picture: &GrayImage, part: Bounds, width: u32, height: u32) -> GrayImage {
    let row_length = picture.width() as usize;
    let (left, top) = (part.left as usize, part.top as usize);
    let columns = starts(part.width, width);
    let rows = starts(part.height, height);
    let mut levels = Vec::with_capacity(width as usize * height as usize);
    let mut sums = vec![0_u32; part.width as usize];
    for between in rows.windows(2) {
        sums.fill(0);
        for row in between[0]..between[1] {
            let row = &picture.as_raw()[(top + row) * row_length + left..][..sums.len()];
            for (sum, &level) in sums.iter_mut().zip(row) {
                *sum += u32::from(level);
            }
        }
        let down = (between[1] - between[0]) as u32;
        levels.extend(columns.windows(2).map(|between| {
            let sum: u32 = sums[between[0]..between[1]].iter().sum();
            let count = down * (between[1] - between[0]) as u32;
            ((sum + count / 2) / count) as u8
        }));
    }
    GrayImage::from_raw(width, height, levels).expect("as many levels as pixels")
}

/// Where the pixels that go into each new one along a side start, and where the last ones end.
fn starts(length: u32, new_length: u32) -> Vec<usize> {
    let start = |place: u32| u64::from(place) * u64::from(length) / u64::from(new_length);
    (0..=new_length)
        .map(|place| start(place) as usize)
        .collect()
}
