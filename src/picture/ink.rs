//! What is ink, and what is paper.

use std::str::FromStr;

use image::{GrayImage, imageops};

use super::bounds::Bounds;
use super::{PictureError, paper, split};

/// How much of each pixel is ink, from 0 to 255, in a picture that is light on dark.
pub(super) fn find(picture: &GrayImage) -> Result<GrayImage, PictureError> {
    let mut heights = paper::under(picture);
    for (height, level) in heights.iter_mut().zip(picture.as_raw()) {
        *height = level - *height;
    }
    let ink = u32::from(split::ink_level(&heights)?);
    let share = |height: usize| {
        // The paper's grain is dropped at the foot; an edge that is half ink stays half.
        let share = (4 * height as u32).saturating_sub(ink) * 255 / (2 * ink);
        share.min(255) as u8
    };
    let shares: [u8; 256] = std::array::from_fn(share);
    for height in heights.iter_mut() {
        *height = shares[usize::from(*height)];
    }
    Ok(heights)
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

/// The part of a picture of ink that is not blank; none if all is.
pub(super) fn trimmed(ink: &GrayImage) -> Option<GrayImage> {
    let inked = ink.enumerate_pixels().filter(|(.., level)| level.0[0] > 0);
    let pixels = inked.map(|(x, y, _)| Bounds::at(x, y));
    let Bounds {
        left,
        top,
        width,
        height,
    } = pixels.reduce(|all, pixel| all.with(&pixel))?;
    Some(imageops::crop_imm(ink, left, top, width, height).to_image())
}

#[cfg(test)]
mod tests {
    use super::*;

    use image::Luma;

    /// 200×100, with a bar of ink in the middle and more light from left to right.
    fn photograph(light: impl Fn(u32, u32) -> u8) -> GrayImage {
        GrayImage::from_fn(200, 100, |x, y| {
            let is_ink = (90..110).contains(&x) && (20..80).contains(&y);
            Luma([if is_ink { 220 } else { light(x, y) }])
        })
    }

    #[test]
    fn a_shadow_is_not_ink() {
        let ink = find(&photograph(|x, _| (x / 2) as u8)).expect("ink");
        for (x, y, level) in ink.enumerate_pixels() {
            let is_ink = (90..110).contains(&x) && (20..80).contains(&y);
            assert_eq!(level.0[0] > 127, is_ink, "{x} {y}");
        }
    }

    #[test]
    fn paper_alone_shows_no_ink() {
        let paper = GrayImage::from_fn(200, 100, |x, y| Luma([(x / 2 + (x + y) % 5) as u8]));
        assert!(matches!(find(&paper), Err(PictureError::NoInk)));
    }

    #[test]
    fn a_single_small_mark_on_a_large_sheet_is_ink() {
        let sheet = GrayImage::from_fn(1000, 800, |x, y| {
            let is_mark = (700..704).contains(&x) && (300..330).contains(&y);
            Luma([if is_mark {
                150
            } else {
                20 + ((x * 7 + y * 13) % 5) as u8
            }])
        });
        let ink = find(&sheet).expect("ink");
        let full = ink.pixels().filter(|level| level.0[0] > 127).count();
        assert_eq!(full, 4 * 30);
    }
}
