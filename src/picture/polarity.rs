//! Whether ink is darker than its paper.

use image::GrayImage;

use super::constants::{SHEET, VISIBLE};
use super::pieces::Pieces;
use super::quadrilateral::Quadrilateral;

/// Whether what lies along the edges, which is paper in most pictures, is lighter than what is
/// farthest from it.
pub(super) fn is_light_along_edges(picture: &GrayImage) -> bool {
    let row = picture.width() as usize;
    let levels = picture.as_raw();
    let [first, last] = [&levels[..row], &levels[levels.len() - row..]];
    let inner = levels.chunks_exact(row).skip(1);
    let inner = inner.take((picture.height() as usize).saturating_sub(2));
    let sides = inner.flat_map(|inner| [inner[0], inner[row - 1]]);
    let edges = Counts::of(first.iter().chain(last).copied().chain(sides));
    let [darkest, lightest] = Counts::of(levels.iter().copied()).ranked(20_000);
    // Both sides of a shadow may lie along the edges.
    let [low, high] = edges.ranked(10);
    let (below, above) = (low.saturating_sub(darkest), lightest.saturating_sub(high));
    if below.max(above) >= VISIBLE && below.max(above) / 2 >= below.min(above) {
        return below > above;
    }
    let [paper, _] = edges.ranked(2);
    paper.saturating_sub(darkest) > lightest.saturating_sub(paper)
}

/// How often each level occurs.
struct Counts([usize; 256]);

impl Counts {
    fn of(levels: impl Iterator<Item = u8>) -> Self {
        let mut counts = [0; 256];
        levels.for_each(|level| counts[usize::from(level)] += 1);
        Self(counts)
    }

    /// The levels that one in so many is below, and above.
    fn ranked(&self, one_in: usize) -> [u8; 2] {
        let rank = self.0.iter().sum::<usize>() / one_in;
        let is_beyond = |seen: &mut usize, count: &usize| {
            *seen += count;
            Some(*seen > rank)
        };
        let below = self.0.iter().scan(0, is_beyond).position(|is_it| is_it);
        let above = self
            .0
            .iter()
            .rev()
            .scan(0, is_beyond)
            .position(|is_it| is_it);
        [below.unwrap_or(0) as u8, 255 - above.unwrap_or(0) as u8]
    }
}

/// Whether the largest of these pieces of ink is a sheet with something on it, which lies on a table.
pub(super) fn is_sheet(ink: &GrayImage, pieces: &Pieces) -> bool {
    let masses = pieces.list.iter().map(|piece| piece.mass).enumerate();
    let Some((largest, mass)) = masses.max_by_key(|(_, mass)| *mass) else {
        return false;
    };
    let least = SHEET * f64::from(ink.width()) * f64::from(ink.height());
    // Most of a sheet is blank, and so it has more than half the mass that its area could have.
    if mass as f64 / 255.0 < least / 2.0 {
        return false;
    }
    let shape = Quadrilateral::around(pieces, largest, ink);
    shape.is_sheet() && shape.area() >= least
}
