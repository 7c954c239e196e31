//! How far a digit leans, brought to what MNIST's digits do.

use image::GrayImage;

use super::constants::{FARTHEST_SLANT, LEAST_SLANT, MOST_SLANT, PIXEL_FRACTIONS, SLANT_FRACTIONS};
use super::ink::trimmed;

/// Moves the rows of a digit that leans farther than MNIST's until it leans as the last of those.
pub(super) fn set_up(ink: GrayImage) -> GrayImage {
    let found = slant(&ink);
    let wanted = if found < LEAST_SLANT {
        LEAST_SLANT
    } else if found > MOST_SLANT {
        MOST_SLANT
    } else {
        return ink;
    };
    let by = (wanted - found).clamp(-FARTHEST_SLANT, FARTHEST_SLANT);
    trimmed(&leaned(&ink, (by * SLANT_FRACTIONS as f64) as i64)).unwrap_or(ink)
}

/// How many pixels the ink leans to the right for each that it rises, by its moments of second order.
fn slant(ink: &GrayImage) -> f64 {
    let [mut mass, mut by_x, mut by_y, mut by_xy, mut by_yy] = [0_u64; 5];
    for (x, y, level) in ink.enumerate_pixels() {
        let (x, y, level) = (u64::from(x), u64::from(y), u64::from(level.0[0]));
        mass += level;
        by_x += level * x;
        by_y += level * y;
        by_xy += level * x * y;
        by_yy += level * y * y;
    }
    let [mass, by_x, by_y, by_xy, by_yy] = [mass, by_x, by_y, by_xy, by_yy].map(|sum| sum as f64);
    (by_x * by_y - mass * by_xy) / (mass * by_yy - by_y * by_y)
}

/// The ink with its top farther to the right by so many fractions of half its height, and its foot to
/// the left.
fn leaned(ink: &GrayImage, by: i64) -> GrayImage {
    let (width, height) = (i64::from(ink.width()), i64::from(ink.height()));
    let margin = by.abs() * height / (2 * SLANT_FRACTIONS) + 1;
    let wide = width + 2 * margin;
    let mut leaned = Vec::with_capacity((wide * height) as usize);
    for (y, row) in (0..).zip(ink.as_raw().chunks_exact(width as usize)) {
        let halves = by * (height - 1 - 2 * y);
        let shift = halves.div_euclid(2 * SLANT_FRACTIONS / PIXEL_FRACTIONS);
        let whole = shift.div_euclid(PIXEL_FRACTIONS);
        let part = shift.rem_euclid(PIXEL_FRACTIONS);
        let level = |x: i64| {
            let is_inside = (0..width).contains(&x);
            i64::from(if is_inside { row[x as usize] } else { 0 })
        };
        leaned.extend((0..wide).map(|x| {
            let x = x - margin - whole;
            let sum = level(x) * (PIXEL_FRACTIONS - part) + level(x - 1) * part;
            (sum / PIXEL_FRACTIONS) as u8
        }));
    }
    GrayImage::from_raw(wide as u32, ink.height(), leaned).expect("a level for each pixel")
}

#[cfg(test)]
mod tests {
    use super::*;

    use image::Luma;

    fn bar(slant: f64) -> GrayImage {
        GrayImage::from_fn(300, 101, |x, y| {
            let middle = 150.0 + slant * (50.0 - f64::from(y));
            Luma([255 * u8::from((f64::from(x) - middle).abs() < 5.0)])
        })
    }

    #[test]
    fn what_leans_farther_than_mnists_digits_is_set_up() {
        for (found, expected) in [(0.9, 0.4), (0.5, 0.4), (-0.5, -0.2), (1.3, 0.7)] {
            assert!((slant(&bar(found)) - found).abs() < 0.02);
            let lean = slant(&set_up(bar(found)));
            assert!((lean - expected).abs() < 0.02, "{found}: {lean}");
        }
    }

    #[test]
    fn what_leans_as_mnists_digits_do_stays_and_so_does_a_row() {
        for ink in [bar(0.0), bar(0.35), bar(-0.15)] {
            assert_eq!(set_up(ink.clone()), ink);
        }
        for (width, height) in [(1, 1), (9, 1), (1, 9), (9, 2)] {
            let ink = GrayImage::from_pixel(width, height, Luma([255]));
            assert_eq!(set_up(ink.clone()), ink);
        }
    }
}
