//! Whether a picture has the measures of MNIST's digits.

use image::GrayImage;

use super::constants::SIDE;

/// How long MNIST's digits are in their longer direction: 20 pixels, and a few of them 19.
const LONGER: [u32; 2] = [19, 20];

/// Where their centres of mass lie in both directions: at pixel 14, rounded.
const CENTRE: std::ops::RangeInclusive<f64> = 13.45..=14.55;

/// Whether a picture of 28×28 pixels, light on dark, has these measures, as each digit of MNIST does.
pub(super) fn fits(picture: &GrayImage) -> bool {
    let mut mass = 0.0;
    let mut moments = [0.0; 2];
    let (mut first, mut last) = ([SIDE; 2], [0; 2]);
    let inked = picture
        .enumerate_pixels()
        .filter(|(.., level)| level.0[0] > 0);
    for (x, y, level) in inked {
        mass += f64::from(level.0[0]);
        for (axis, position) in [x, y].into_iter().enumerate() {
            moments[axis] += f64::from(level.0[0]) * f64::from(position);
            first[axis] = first[axis].min(position);
            last[axis] = last[axis].max(position);
        }
    }
    let longer = (0..2)
        .map(|axis| (last[axis] + 1).saturating_sub(first[axis]))
        .max();
    longer.is_some_and(|longer| LONGER.contains(&longer))
        && moments
            .iter()
            .all(|moment| CENTRE.contains(&(moment / mass)))
}

#[cfg(test)]
mod tests {
    use super::*;

    use image::Luma;

    fn bar(top: u32, height: u32) -> GrayImage {
        GrayImage::from_fn(SIDE, SIDE, |x, y| {
            let is_ink = (13..16).contains(&x) && (top..top + height).contains(&y);
            Luma([255 * u8::from(is_ink)])
        })
    }

    #[test]
    fn only_what_has_the_size_and_the_place_fits() {
        assert!(fits(&bar(4, 20)));
        assert!(!fits(&bar(2, 20)));
        assert!(!fits(&bar(6, 16)));
        assert!(!fits(&bar(2, 24)));
        assert!(!fits(&bar(0, 0)));
    }
}
