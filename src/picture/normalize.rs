//! From ink to MNIST's form.

use image::imageops::{self, FilterType};
use image::{GrayImage, ImageBuffer, Luma};

use super::constants::{BOX, SIDE};

/// A number a pixel.
type Plane = ImageBuffer<Luma<f32>, Vec<f32>>;

/// Scales the ink into 20×20 pixels and centres it by its mass in 28×28, between pixels where the
/// middle of its mass lies there.
pub(super) fn normalize(ink: &GrayImage) -> GrayImage {
    let digit = scale(&Plane::from_fn(ink.width(), ink.height(), |x, y| {
        Luma([f32::from(ink.get_pixel(x, y).0[0]) / 255.0])
    }));
    let left = offset(&digit, |x, _| x, digit.width());
    let top = offset(&digit, |_, y| y, digit.height());
    let moved = moved(&digit, left, top);
    let fullest = moved
        .as_raw()
        .iter()
        .copied()
        .fold(f32::MIN_POSITIVE, f32::max);
    // In MNIST the darkest ink of a digit is full ink, however thin its strokes are.
    let level = |level: f32| (255.0 * level / fullest).round() as u8;
    GrayImage::from_fn(SIDE, SIDE, |x, y| Luma([level(moved.get_pixel(x, y).0[0])]))
}

/// The field with the digit so far from its left and its top.
fn moved(digit: &Plane, left: f32, top: f32) -> Plane {
    let mut field = Plane::new(SIDE, SIDE);
    for (x, y, level) in digit.enumerate_pixels() {
        for (x, across) in shares(x, left) {
            for (y, down) in shares(y, top) {
                field.get_pixel_mut(x, y).0[0] += level.0[0] * across * down;
            }
        }
    }
    field
}

/// The two places, on both sides of where a place comes by an offset, with the share of each.
fn shares(place: u32, offset: f32) -> [(u32, f32); 2] {
    let first = place + offset as u32;
    let part = offset.fract();
    [(first, 1.0 - part), ((first + 1).min(SIDE - 1), part)]
}

/// Scales the longer side to [`BOX`] pixels; what one pixel covers is averaged.
fn scale(ink: &Plane) -> Plane {
    let (width, height) = ink.dimensions();
    let longer = f64::from(width.max(height));
    let scaled = |side: u32| ((f64::from(side * BOX) / longer).round() as u32).max(1);
    imageops::resize(ink, scaled(width), scaled(height), FilterType::Triangle)
}

/// How far to move the digit so that its centre of mass comes to the middle of the field.
fn offset(digit: &Plane, position: impl Fn(u32, u32) -> u32, length: u32) -> f32 {
    // In MNIST the mean of all centres of mass is pixel 14, to a hundredth.
    const CENTRE: f32 = 14.0;
    let (mut mass, mut moment) = (0.0, 0.0);
    for (x, y, level) in digit.enumerate_pixels() {
        mass += level.0[0];
        moment += level.0[0] * position(x, y) as f32;
    }
    (CENTRE - moment / mass).clamp(0.0, (SIDE - length) as f32)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn left(field: &GrayImage) -> Option<u32> {
        let inked = field
            .enumerate_pixels()
            .filter(|(.., level)| level.0[0] > 0);
        inked.map(|(x, ..)| x).min()
    }

    #[test]
    fn the_longer_side_becomes_20_pixels_and_the_proportions_stay() {
        let field = normalize(&GrayImage::from_pixel(100, 200, Luma([255])));
        let middle = |index| field.get_pixel(SIDE / 2, index).0[0];
        let across = |index| field.get_pixel(index, SIDE / 2).0[0];
        // An edge lies between pixels, which share its level.
        let length = |levels: &dyn Fn(u32) -> u8| -> f64 {
            (0..SIDE)
                .map(|index| f64::from(levels(index)) / 255.0)
                .sum()
        };
        assert!((length(&middle) - 20.0).abs() < 0.01, "{}", length(&middle));
        assert!((length(&across) - 10.0).abs() < 0.01, "{}", length(&across));
    }

    #[test]
    fn the_centre_of_mass_comes_to_the_middle_and_not_the_box() {
        // An L of 20×20: a heavy foot, whose weight pulls the digit up.
        let ink = GrayImage::from_fn(20, 20, |x, y| Luma([255 * u8::from(x < 4 || y >= 14)]));
        let field = normalize(&ink);
        let mut moments = (0.0, 0.0, 0.0);
        for (x, y, level) in field.enumerate_pixels() {
            let level = f64::from(level.0[0]);
            moments = (
                moments.0 + level,
                moments.1 + level * f64::from(x),
                moments.2 + level * f64::from(y),
            );
        }
        let (x, y) = (moments.1 / moments.0, moments.2 / moments.0);
        assert!(
            (x - 14.0).abs() <= 0.01 && (y - 14.0).abs() <= 0.01,
            "{x} {y}"
        );
        assert_ne!(left(&field), Some(4), "the box itself is centred");
    }

    #[test]
    fn a_digit_of_any_size_fits() {
        for (width, height) in [(1, 1), (1, 900), (900, 1), (3, 2), (1024, 1024)] {
            let ink = GrayImage::from_pixel(width, height, Luma([255]));
            assert!(normalize(&ink).as_raw().contains(&255), "{width}×{height}");
        }
    }
}
