use image::{GrayImage, imageops};

use super::bounds::Bounds;

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
