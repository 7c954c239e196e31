//! Strokes of which only the outline is drawn.

use std::cmp::Reverse;

use image::{GrayImage, Luma};

use super::bounds::Bounds;
use super::constants::{INK, LONG_STROKE, MAX_HOLES, WIDE_STROKE};
use super::stroke;

/// Fills what is enclosed, as long and narrow as a stroke, and wider than the line around it.
///
/// The holes of 0, 4, 6, 8 and 9 are rounder than that, or lie within a stroke that is to be filled.
pub(super) fn fill(ink: &mut GrayImage) {
    let line = stroke::width(ink);
    let mut holes = holes(ink);
    holes.sort_by_key(|hole| Reverse(hole.pixels.len()));
    let largest = holes.into_iter().take(MAX_HOLES);
    let strokes: Vec<Hole> = largest.filter(|hole| hole.is_stroke(line)).collect();
    for stroke in &strokes {
        let surrounds =
            |other: &Hole| other.bounds != stroke.bounds && other.bounds.contains(&stroke.bounds);
        if strokes.iter().any(surrounds) {
            continue;
        }
        for &(x, y) in &stroke.pixels {
            ink.put_pixel(x, y, Luma([255]));
        }
    }
}

/// What is enclosed by ink.
struct Hole {
    pixels: Vec<(u32, u32)>,
    bounds: Bounds,
}

impl Hole {
    fn is_stroke(&self, line: f64) -> bool {
        let Bounds {
            left,
            top,
            width,
            height,
        } = self.bounds;
        let mut shape = GrayImage::new(width, height);
        for (x, y) in &self.pixels {
            shape.put_pixel(x - left, y - top, Luma([255]));
        }
        let circumference = stroke::circumference(&shape);
        let area = self.pixels.len() as f64;
        circumference * circumference > LONG_STROKE * area
            && 2.0 * area > WIDE_STROKE * line * circumference
    }
}

/// All holes; ink hangs together across corners, and so holes do not.
fn holes(ink: &GrayImage) -> Vec<Hole> {
    let (width, height) = ink.dimensions();
    let mut is_open: Vec<bool> = ink.iter().map(|&level| level < INK).collect();
    let mut holes = Vec::new();
    let mut waiting = Vec::new();
    for start in 0..is_open.len() {
        if !is_open[start] {
            continue;
        }
        let (x, y) = (start as u32 % width, start as u32 / width);
        let mut hole = Hole {
            bounds: Bounds::at(x, y),
            pixels: Vec::new(),
        };
        waiting.push((x, y));
        while let Some((x, y)) = waiting.pop() {
            let is_open = &mut is_open[(y * width + x) as usize];
            if !*is_open {
                continue;
            }
            *is_open = false;
            hole.pixels.push((x, y));
            hole.bounds = hole.bounds.with(&Bounds::at(x, y));
            if x > 0 {
                waiting.push((x - 1, y));
            }
            if y > 0 {
                waiting.push((x, y - 1));
            }
            if x + 1 < width {
                waiting.push((x + 1, y));
            }
            if y + 1 < height {
                waiting.push((x, y + 1));
            }
        }
        let Bounds { left, top, .. } = hole.bounds;
        let is_enclosed =
            left > 0 && top > 0 && hole.bounds.right() < width && hole.bounds.bottom() < height;
        if is_enclosed {
            holes.push(hole);
        }
    }
    holes
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The outlines of a bar and of a ring, a line of 3 pixels around 14 of stroke.
    fn is_outline(depth: i64) -> bool {
        (0..20).contains(&depth) && !(3..17).contains(&depth)
    }

    fn filled(depth: impl Fn(i64, i64) -> i64) -> (GrayImage, GrayImage) {
        let mut ink = GrayImage::from_fn(200, 200, |x, y| {
            Luma([255 * u8::from(is_outline(depth(x.into(), y.into())))])
        });
        let before = ink.clone();
        fill(&mut ink);
        (before, ink)
    }

    #[test]
    fn the_outline_of_a_stroke_is_filled_and_its_real_hole_stays() {
        // How deep a point lies in a ring of 20 pixels.
        let ring =
            |x: i64, y: i64| 80 - (((x - 100).pow(2) + (y - 100).pow(2)) as f64).sqrt() as i64;
        let (_, ink) = filled(ring);
        for (x, y, level) in ink.enumerate_pixels() {
            let is_inside = (0..20).contains(&ring(x.into(), y.into()));
            assert_eq!(level.0[0] > 0, is_inside, "{x} {y}");
        }
    }

    #[test]
    fn the_hole_of_a_plain_zero_stays() {
        let mut ink = GrayImage::from_fn(100, 160, |x, y| {
            let (x, y) = ((f64::from(x) - 50.0) / 40.0, (f64::from(y) - 80.0) / 70.0);
            Luma([255 * u8::from((0.85..1.0).contains(&(x * x + y * y).sqrt()))])
        });
        let before = ink.clone();
        fill(&mut ink);
        assert_eq!(ink, before);
    }
}
