//! Whether ink is darker than its paper.

use image::{GrayImage, imageops};

use super::ink;
use super::pieces::Pieces;
use super::quadrilateral::Quadrilateral;

/// A sheet takes at least this share of a picture.
const SHEET: f64 = 0.1;

/// Levels less than this apart look alike.
const VISIBLE: u8 = 16;

/// Whether the ink is darker than the paper: paper is what lies along the edges, and ink what is
/// farthest from it, unless that is a sheet with something on it, which lies on a table.
pub(super) fn is_dark_on_light(picture: &GrayImage) -> bool {
    let by_edges = is_light_along_edges(picture);
    by_edges != shows_sheet(picture, by_edges)
}

fn is_light_along_edges(picture: &GrayImage) -> bool {
    let (width, height) = picture.dimensions();
    let along_edges = picture
        .enumerate_pixels()
        .filter(|(x, y, _)| *x == 0 || *y == 0 || x + 1 == width || y + 1 == height);
    let mut edges: Vec<u8> = along_edges.map(|(_, _, level)| level.0[0]).collect();
    let mut levels = picture.as_raw().clone();
    let [darkest, lightest] = ranked(&mut levels, 20_000);
    // Both sides of a shadow may lie along the edges.
    let [low, high] = ranked(&mut edges, 10);
    let (below, above) = (low.saturating_sub(darkest), lightest.saturating_sub(high));
    if below.max(above) >= VISIBLE && below.max(above) / 2 >= below.min(above) {
        return below > above;
    }
    let [paper, _] = ranked(&mut edges, 2);
    paper.saturating_sub(darkest) > lightest.saturating_sub(paper)
}

/// The levels that one in so many is below, and above.
fn ranked(levels: &mut [u8], one_in: usize) -> [u8; 2] {
    let rank = levels.len() / one_in;
    let last = levels.len() - 1;
    [rank, last - rank].map(|rank| *levels.select_nth_unstable(rank).1)
}

/// Whether what stands out from the edges is a sheet.
fn shows_sheet(picture: &GrayImage, is_dark_on_light: bool) -> bool {
    let mut picture =
        imageops::thumbnail(picture, picture.width().min(256), picture.height().min(256));
    if is_dark_on_light {
        imageops::invert(&mut picture);
    }
    let Ok(ink) = ink::find(&picture) else {
        return false;
    };
    let pieces = Pieces::of(&ink, &ink);
    let masses = pieces.list.iter().map(|piece| piece.mass).enumerate();
    let Some((largest, _)) = masses.max_by_key(|(_, mass)| *mass) else {
        return false;
    };
    let least = SHEET * f64::from(picture.width()) * f64::from(picture.height());
    let bounds = pieces.list[largest].bounds;
    if f64::from(bounds.width) * f64::from(bounds.height) < least {
        return false;
    }
    let shape = Quadrilateral::around(&pieces, largest, &ink);
    shape.is_sheet() && shape.area() >= least
}
