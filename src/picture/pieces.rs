//! Pieces of ink that hang together.

use image::{GrayImage, Luma};

use super::bounds::Bounds;

/// A connected piece of ink.
#[derive(Clone, Debug)]
pub(super) struct Piece {
    pub bounds: Bounds,
    /// The sum of its pixels' levels.
    pub mass: u64,
}

/// The pieces of ink in a picture, and which of them each pixel belongs to.
pub(super) struct Pieces {
    /// For each pixel the place of its piece in `list`, or [`NONE`].
    labels: Vec<u32>,
    width: u32,
    pub list: Vec<Piece>,
}

const NONE: u32 = u32::MAX;

impl Pieces {
    /// The pieces of `ink`, which hang together where `bridged` ink does, also across corners.
    pub(super) fn of(ink: &GrayImage, bridged: &GrayImage) -> Self {
        let mut pieces = Self {
            labels: vec![NONE; ink.as_raw().len()],
            width: ink.width(),
            list: Vec::new(),
        };
        let mut waiting = Vec::new();
        for (x, y, level) in ink.enumerate_pixels() {
            if level.0[0] == 0 || pieces.at(x, y).is_some() {
                continue;
            }
            let label = pieces.list.len() as u32;
            let mut piece = Piece {
                bounds: Bounds::at(x, y),
                mass: 0,
            };
            waiting.push((x, y));
            pieces.set(x, y, label);
            while let Some((x, y)) = waiting.pop() {
                let level = ink.get_pixel(x, y).0[0];
                if level > 0 {
                    piece.bounds = piece.bounds.with(&Bounds::at(x, y));
                    piece.mass += u64::from(level);
                }
                for y in y.saturating_sub(1)..=(y + 1).min(ink.height() - 1) {
                    for x in x.saturating_sub(1)..=(x + 1).min(ink.width() - 1) {
                        if bridged.get_pixel(x, y).0[0] > 0 && pieces.at(x, y).is_none() {
                            pieces.set(x, y, label);
                            waiting.push((x, y));
                        }
                    }
                }
            }
            pieces.list.push(piece);
        }
        pieces
    }

    /// The piece that a pixel belongs to.
    pub(super) fn at(&self, x: u32, y: u32) -> Option<usize> {
        let label = self.labels[y as usize * self.width as usize + x as usize];
        (label != NONE).then_some(label as usize)
    }

    fn set(&mut self, x: u32, y: u32, label: u32) {
        self.labels[y as usize * self.width as usize + x as usize] = label;
    }

    /// Clears the ink of pieces that are not to be kept.
    pub(super) fn retain(&self, ink: &mut GrayImage, is_kept: &[bool]) {
        for (x, y, level) in ink.enumerate_pixels_mut() {
            if self.at(x, y).is_some_and(|piece| !is_kept[piece]) {
                *level = Luma([0]);
            }
        }
    }

    /// The ink of some pieces alone, cut out.
    pub(super) fn cut_out(&self, ink: &GrayImage, which: &[usize], bounds: Bounds) -> GrayImage {
        GrayImage::from_fn(bounds.width, bounds.height, |x, y| {
            let (x, y) = (x + bounds.left, y + bounds.top);
            let is_inside = self.at(x, y).is_some_and(|piece| which.contains(&piece));
            if is_inside {
                *ink.get_pixel(x, y)
            } else {
                Luma([0])
            }
        })
    }
}

/// Ink that reaches farther by a square of so many pixels on each side.
pub(super) fn grow(ink: &GrayImage, radius: u32) -> GrayImage {
    let (width, height) = ink.dimensions();
    let mut wide = ink.clone();
    let mut grown = ink.clone();
    for y in 0..height {
        spread(
            width,
            radius,
            |x| ink.get_pixel(x, y).0[0] > 0,
            |x| {
                wide.put_pixel(x, y, Luma([255]));
            },
        );
    }
    for x in 0..width {
        spread(
            height,
            radius,
            |y| wide.get_pixel(x, y).0[0] > 0,
            |y| {
                grown.put_pixel(x, y, Luma([255]));
            },
        );
    }
    grown
}

/// Sets all places of a line that are at most `radius` from one with ink.
fn spread(length: u32, radius: u32, is_ink: impl Fn(u32) -> bool, mut set: impl FnMut(u32)) {
    let mut next = 0;
    for place in (0..length).filter(|&place| is_ink(place)) {
        let end = (place + radius + 1).min(length);
        (next.max(place.saturating_sub(radius))..end).for_each(&mut set);
        next = end;
    }
}
