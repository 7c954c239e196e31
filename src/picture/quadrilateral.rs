//! Frames and sheets: shapes of four straight sides.

use image::GrayImage;

use super::constants::{LEAST_BLANK, MOST_BLANK, SHAPELY, SHORT, TOLERANCE};
use super::pieces::Pieces;

/// How a piece of ink lies to the four straight sides that are nearest to it, in shares.
pub(super) struct Quadrilateral {
    /// Of the ink: how much lies within the sides or near them.
    within: f64,
    /// Of the ink: how much lies along the sides.
    along: f64,
    /// Of what lies within: how much is ink.
    filled: f64,
    /// Of what lies just within the sides: how much is ink.
    rim: f64,
    /// In pixels.
    area: f64,
    /// Width or height, in pixels.
    longer: f64,
}

type Point = (f64, f64);

impl Quadrilateral {
    /// The shape between the piece's outermost pixels along both diagonals.
    pub(super) fn around(pieces: &Pieces, piece: usize, ink: &GrayImage) -> Self {
        let bounds = pieces.list[piece].bounds;
        let rows = bounds.top..bounds.bottom();
        let pixels = rows.flat_map(|y| (bounds.left..bounds.right()).map(move |x| (x, y)));
        let is_ink = |x, y| pieces.at(x, y) == Some(piece) && ink.get_pixel(x, y).0[0] > 127;
        let pixels: Vec<(f64, f64, bool)> = pixels
            .map(|(x, y)| (f64::from(x), f64::from(y), is_ink(x, y)))
            .collect();
        let farthest = |(right, down): Point| {
            let along = |(x, y): Point| x * right + y * down;
            let inked = pixels.iter().filter(|(.., is_ink)| *is_ink);
            let inked = inked.map(|&(x, y, _)| (x, y));
            inked.fold((f64::NAN, f64::NAN), |farthest, point| {
                let is_farther = farthest.0.is_nan() || along(point) > along(farthest);
                if is_farther { point } else { farthest }
            })
        };
        // Clockwise.
        let corners = [(-1.0, -1.0), (1.0, -1.0), (1.0, 1.0), (-1.0, 1.0)].map(farthest);
        let tolerance = TOLERANCE * f64::from(bounds.longer());
        let [mut within, mut along, mut filled, mut rim] = [Share::default(); 4];
        for (x, y, is_ink) in pixels {
            let depth = depth(&corners, (x, y));
            if is_ink {
                within.count(depth >= -tolerance);
                along.count(depth.abs() <= tolerance);
            }
            if depth > tolerance {
                filled.count(is_ink);
            }
            if depth > tolerance && depth <= 2.0 * tolerance {
                rim.count(is_ink);
            }
        }
        Self {
            within: within.share(),
            along: along.share(),
            filled: filled.share(),
            rim: rim.share(),
            area: area(&corners),
            longer: f64::from(bounds.longer()),
        }
    }

    /// Whether the ink is nothing but four sides.
    pub(super) fn is_frame(&self) -> bool {
        self.along >= SHAPELY
    }

    /// Whether the ink fills its four sides, apart from a few marks.
    pub(super) fn is_sheet(&self) -> bool {
        let is_short = self.longer * self.longer <= SHORT * self.area;
        let is_blank = self.filled >= LEAST_BLANK && (is_short || self.filled <= MOST_BLANK);
        self.within >= SHAPELY && self.rim >= SHAPELY && is_blank
    }

    pub(super) fn area(&self) -> f64 {
        self.area
    }
}

/// How many of all are so.
#[derive(Clone, Copy, Default)]
struct Share {
    so: u32,
    all: u32,
}

impl Share {
    fn count(&mut self, is_so: bool) {
        self.so += u32::from(is_so);
        self.all += 1;
    }

    fn share(self) -> f64 {
        f64::from(self.so) / f64::from(self.all.max(1))
    }
}

fn sides(corners: &[Point; 4]) -> impl Iterator<Item = (Point, Point)> {
    (0..4).map(|side| (corners[side], corners[(side + 1) % 4]))
}

/// How far within all sides a point lies; negative outside.
fn depth(corners: &[Point; 4], (x, y): Point) -> f64 {
    let depths = sides(corners).map(|(from, to)| {
        let (dx, dy) = (to.0 - from.0, to.1 - from.1);
        let length = (dx * dx + dy * dy).sqrt().max(1.0);
        (dx * (y - from.1) - dy * (x - from.0)) / length
    });
    depths.fold(f64::MAX, f64::min)
}

fn area(corners: &[Point; 4]) -> f64 {
    sides(corners)
        .map(|(a, b)| a.0 * b.1 - b.0 * a.1)
        .sum::<f64>()
        / 2.0
}

#[cfg(test)]
mod tests {
    use super::*;

    use image::Luma;

    fn around(is_ink: impl Fn(u32, u32) -> bool) -> Quadrilateral {
        let ink = GrayImage::from_fn(200, 150, |x, y| Luma([255 * u8::from(is_ink(x, y))]));
        Quadrilateral::around(&Pieces::of(&ink, &ink), 0, &ink)
    }

    /// Whether a point lies in a leaning rectangle, so far from its sides.
    fn is_within(x: u32, y: u32, margin: u32) -> bool {
        let y = y + x / 20;
        (30 + margin..170 - margin).contains(&x) && (30 + margin..130 - margin).contains(&y)
    }

    #[test]
    fn a_frame_a_sheet_and_a_zero_are_told_apart() {
        let frame = around(|x, y| is_within(x, y, 0) && !is_within(x, y, 4));
        assert!(frame.is_frame() && !frame.is_sheet());
        let is_mark = |x: u32, y: u32| (90..100).contains(&x) && (50..100).contains(&y);
        let sheet = around(|x, y| is_within(x, y, 0) && !is_mark(x, y));
        assert!(sheet.is_sheet() && !sheet.is_frame());
        assert!(
            (sheet.area() - 140.0 * 100.0).abs() < 600.0,
            "{}",
            sheet.area()
        );
        let blank = around(|x, y| is_within(x, y, 0));
        assert!(blank.is_sheet());
        let bar = around(|x, y| (80..110).contains(&x) && (30..130).contains(&y));
        assert!(!bar.is_sheet() && !bar.is_frame());
        let distance = |x: u32, y: u32| {
            let (x, y) = (f64::from(x) - 100.0, (f64::from(y) - 75.0) * 0.8);
            (x * x + y * y).sqrt()
        };
        let zero = around(|x, y| (35.0..50.0).contains(&distance(x, y)));
        assert!(!zero.is_frame() && !zero.is_sheet());
    }
}
