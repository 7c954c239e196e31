//! The width of strokes, brought to that of MNIST's.

use std::f64::consts::{FRAC_1_SQRT_2, PI};

use image::{GrayImage, Luma, imageops};

use super::constants::{BOX, DETAILED, THICK, THICKEST, THINNEST, USUAL};
use super::ink::trimmed;

/// The mean width of strokes: twice their area by their circumference.
pub(super) fn width(ink: &GrayImage) -> f64 {
    let area: u64 = ink.as_raw().iter().map(|&level| u64::from(level)).sum();
    2.0 * area as f64 / (255.0 * circumference(ink))
}

/// The length of the edges of ink, by how often lines in four directions cross them (Crofton).
pub(super) fn circumference(ink: &GrayImage) -> f64 {
    let row = ink.width() as usize;
    let outside = vec![0; row];
    let rows = || ink.as_raw().chunks_exact(row);
    let above = std::iter::once(&outside[..]).chain(rows());
    let here = rows().chain(std::iter::once(&outside[..]));
    let (mut straight, mut diagonal) = (0, 0);
    for (above, here) in above.zip(here) {
        let [mut above_left, mut left] = [0; 2];
        for (&above, &here) in above.iter().zip(here) {
            straight += u64::from(here.abs_diff(left)) + u64::from(here.abs_diff(above));
            diagonal += u64::from(here.abs_diff(above_left)) + u64::from(left.abs_diff(above));
            [above_left, left] = [above, here];
        }
        straight += u64::from(left);
        diagonal += u64::from(above_left) + u64::from(left);
    }
    PI / 8.0 * (straight as f64 + diagonal as f64 * FRAC_1_SQRT_2) / 255.0
}

/// Widens strokes that are thin for MNIST's, which would fade when scaled, and thins thick ones, whose
/// holes would close.
pub(super) fn of_usual_width(mut ink: GrayImage) -> GrayImage {
    let to_pixels = |ink: &GrayImage| f64::from(ink.width().max(ink.height())) / f64::from(BOX);
    let found = width(&ink) / to_pixels(&ink);
    if (THINNEST..=THICKEST).contains(&found) {
        return ink;
    }
    while ink.width().max(ink.height()) >= 2 * DETAILED {
        ink = halved(&ink);
    }
    let missing = |usual: f64| (usual * to_pixels(&ink) - width(&ink)) / 2.0;
    let in_256ths = |by: f64| (by.max(0.0) * 256.0) as u32;
    if found < THINNEST {
        dilated(&ink, in_256ths(missing(USUAL)))
    } else {
        eroded(&ink, in_256ths(-missing(THICK))).unwrap_or(ink)
    }
}

/// Half as large; no line vanishes, since of four pixels the fullest is taken.
fn halved(ink: &GrayImage) -> GrayImage {
    let (width, height) = ink.dimensions();
    GrayImage::from_fn(width.div_ceil(2), height.div_ceil(2), |x, y| {
        let level = |x: u32, y: u32| ink.get_pixel(x.min(width - 1), y.min(height - 1)).0[0];
        let (x, y) = (2 * x, 2 * y);
        Luma([level(x, y)
            .max(level(x + 1, y))
            .max(level(x, y + 1))
            .max(level(x + 1, y + 1))])
    })
}

/// Ink that reaches farther on all sides, by so many 256ths of a pixel.
///
/// Squares and crosses in turn make an octagon, which is near enough to a pen's round tip.
fn dilated(ink: &GrayImage, by: u32) -> GrayImage {
    dilated_in_place(with_margin(ink, by.div_ceil(256)), by)
}

/// Ink of which so many 256ths of a pixel are taken away on all sides; none if nothing is left.
fn eroded(ink: &GrayImage, by: u32) -> Option<GrayImage> {
    let mut paper = with_margin(ink, 1);
    imageops::invert(&mut paper);
    let mut left = dilated_in_place(paper, by);
    imageops::invert(&mut left);
    trimmed(&left)
}

fn with_margin(ink: &GrayImage, margin: u32) -> GrayImage {
    let mut wide = GrayImage::new(ink.width() + 2 * margin, ink.height() + 2 * margin);
    imageops::replace(&mut wide, ink, i64::from(margin), i64::from(margin));
    wide
}

/// Ink that reaches farther by so many 256ths of a pixel, as far as the picture goes.
fn dilated_in_place(mut ink: GrayImage, by: u32) -> GrayImage {
    for step in 0..by.div_ceil(256) {
        let share = (by - step * 256).min(256);
        ink = dilated_once(&ink, step % 2 == 1, share);
    }
    ink
}

fn dilated_once(ink: &GrayImage, with_corners: bool, share: u32) -> GrayImage {
    let row = ink.width() as usize;
    let levels = ink.as_raw();
    let rows: Vec<_> = levels.chunks_exact(row).map(most_beside).collect();
    let across = rows.concat();
    let mut most = across.clone();
    let beside = if with_corners { &across } else { levels };
    raise(&mut most[row..], beside);
    raise(&mut most, &beside[row..]);
    let wide = levels.iter().zip(most).map(|(&here, most)| {
        let missing = u32::from(most - here);
        here + (missing * share / 256) as u8
    });
    GrayImage::from_raw(ink.width(), ink.height(), wide.collect()).expect("a level for each pixel")
}

/// The greatest of each level and those on both sides of it.
fn most_beside(row: &[u8]) -> Vec<u8> {
    let mut most = row.to_vec();
    raise(&mut most[1..], row);
    raise(&mut most, &row[1..]);
    most
}

/// Raises each level to the one in the same place of `others`, if that is higher.
fn raise(levels: &mut [u8], others: &[u8]) {
    for (level, other) in levels.iter_mut().zip(others) {
        *level = (*level).max(*other);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bar(width: u32, height: u32) -> GrayImage {
        GrayImage::from_pixel(width, height, Luma([255]))
    }

    #[test]
    fn the_width_of_a_stroke_is_measured_in_any_direction() {
        assert!((width(&bar(10, 200)) - 10.0).abs() < 1.0);
        let leaning =
            GrayImage::from_fn(300, 300, |x, y| Luma([255 * u8::from(x.abs_diff(y) <= 7)]));
        let expected = 15.0 / 2_f64.sqrt();
        assert!(
            (width(&leaning) - expected).abs() < 1.0,
            "{}",
            width(&leaning)
        );
    }

    #[test]
    fn a_bold_stroke_is_thinned_and_its_hole_gets_wider() {
        let ring = GrayImage::from_fn(200, 200, |x, y| {
            let distance = f64::hypot(f64::from(x) - 99.5, f64::from(y) - 99.5);
            Luma([255 * u8::from((20.0..100.0).contains(&distance))])
        });
        let thinned = of_usual_width(ring);
        let relative = width(&thinned) * f64::from(BOX) / f64::from(thinned.width());
        assert!((3.2..4.6).contains(&relative), "{relative}");
        let dot = GrayImage::from_pixel(3, 3, Luma([255]));
        assert!(of_usual_width(dot).as_raw().contains(&255));
    }

    #[test]
    fn a_hairline_is_widened_and_a_pen_stays() {
        let hairline = of_usual_width(bar(1, 600));
        let height = hairline.height() as f64;
        assert!(hairline.height() < 400);
        let relative = width(&hairline) * f64::from(BOX) / height;
        assert!((2.3..3.3).contains(&relative), "{relative}");
        assert_eq!(of_usual_width(bar(30, 200)), bar(30, 200));
    }

    #[test]
    fn a_pixel_alone_can_be_widened() {
        for (width, height) in [(1, 1), (1, 2), (2, 1), (1, 1024), (1024, 1)] {
            let ink = of_usual_width(bar(width, height));
            assert!(ink.as_raw().iter().any(|&level| level > 0));
        }
    }
}
