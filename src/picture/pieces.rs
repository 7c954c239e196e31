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
        let (width, height) = (ink.width() as usize, ink.height() as usize);
        let (ink, bridged) = (ink.as_raw(), bridged.as_raw());
        let mut labels = vec![NONE; ink.len()];
        let mut list = Vec::new();
        let mut waiting = Vec::new();
        for start in 0..ink.len() {
            if ink[start] == 0 || labels[start] != NONE {
                continue;
            }
            let label = list.len() as u32;
            let mut piece = Piece {
                bounds: Bounds::at((start % width) as u32, (start / width) as u32),
                mass: 0,
            };
            waiting.push((start % width, start / width));
            labels[start] = label;
            while let Some((x, y)) = waiting.pop() {
                let level = ink[y * width + x];
                if level > 0 {
                    piece.bounds = piece.bounds.with(&Bounds::at(x as u32, y as u32));
                    piece.mass += u64::from(level);
                }
                for y in y.saturating_sub(1)..(y + 2).min(height) {
                    for x in x.saturating_sub(1)..(x + 2).min(width) {
                        let next = y * width + x;
                        if bridged[next] > 0 && labels[next] == NONE {
                            labels[next] = label;
                            waiting.push((x, y));
                        }
                    }
                }
            }
            list.push(piece);
        }
        Self {
            labels,
            width: width as u32,
            list,
        }
    }

    /// The piece that a pixel belongs to.
    pub(super) fn at(&self, x: u32, y: u32) -> Option<usize> {
        let label = self.labels[y as usize * self.width as usize + x as usize];
        (label != NONE).then_some(label as usize)
    }

    /// Clears the ink of pieces that are not to be kept.
    pub(super) fn retain(&self, ink: &mut GrayImage, is_kept: &[bool]) {
        for (level, &piece) in ink.iter_mut().zip(&self.labels) {
            if piece != NONE && !is_kept[piece as usize] {
                *level = 0;
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
