//! From ink to digits, from left to right.

use image::GrayImage;

use super::bounds::Bounds;
use super::constants::{BESIDE, FRAMES, MAX_DIGITS, MAX_PIECES, SPECK, TANGLED};
use super::pieces::{Pieces, grow};
use super::quadrilateral::Quadrilateral;
use super::{PictureError, lines, stroke};

/// The ink of a digit, and where it lies.
pub(super) struct Cutting {
    pub ink: GrayImage,
    pub bounds: Bounds,
}

/// Cuts out the digits: what is about as tall as the tallest.
///
/// `pieces` are those of `ink`. Frames go before lines do, whose longest sides could be taken for lines.
pub(super) fn segment(mut ink: GrayImage, pieces: Pieces) -> Result<Vec<Cutting>, PictureError> {
    let is_kept = without_frames(&pieces, &ink);
    pieces.retain(&mut ink, &is_kept);
    lines::remove(&mut ink);
    let pieces = Pieces::of(&ink, &ink);
    let mut is_kept = vec![true; pieces.list.len()];
    remove_specks(&pieces, &mut is_kept);
    pieces.retain(&mut ink, &is_kept);
    let heights = kept(&pieces, &is_kept).map(|piece| pieces.list[piece].bounds.height);
    let tallest = heights.max().ok_or(PictureError::NoInk)?;

    // Gaps in a stroke are narrower than those between digits.
    let pieces = Pieces::of(&ink, &grow(&ink, tallest / 25));
    let digits = digits(&pieces)?;
    let cut = |(which, bounds): (Vec<usize>, Bounds)| Cutting {
        ink: pieces.cut_out(&ink, &which, bounds),
        bounds,
    };
    let cuttings = digits.into_iter().map(cut);
    let cuttings: Vec<_> = cuttings
        .filter(|cutting| !is_tangle(&cutting.ink))
        .collect();
    let of_digits: u64 = cuttings.iter().map(|cutting| mass(&cutting.ink)).sum();
    if of_digits == 0 || of_digits * BESIDE < mass(&ink) {
        return Err(PictureError::TooMuch);
    }
    Ok(cuttings)
}

/// Whether ink is too ragged for a digit, as noise is.
fn is_tangle(ink: &GrayImage) -> bool {
    let longer = ink.width().max(ink.height());
    stroke::circumference(ink) > TANGLED * f64::from(longer)
}

fn mass(ink: &GrayImage) -> u64 {
    ink.as_raw().iter().map(|&level| u64::from(level)).sum()
}

fn kept(pieces: &Pieces, is_kept: &[bool]) -> impl Iterator<Item = usize> {
    (0..pieces.list.len()).filter(|&piece| is_kept[piece])
}

/// Which pieces are no frame around others.
fn without_frames(pieces: &Pieces, ink: &GrayImage) -> Vec<bool> {
    let mut is_kept = vec![true; pieces.list.len()];
    let mut by_size: Vec<usize> = (0..pieces.list.len()).collect();
    let size = |piece: &usize| {
        let bounds = pieces.list[*piece].bounds;
        std::cmp::Reverse(u64::from(bounds.width) * u64::from(bounds.height))
    };
    by_size.sort_by_key(size);
    for &piece in by_size.iter().take(FRAMES) {
        let bounds = pieces.list[piece].bounds;
        let has_content = pieces.list.iter().any(|inner| {
            inner.bounds != bounds
                && bounds.contains(&inner.bounds)
                && inner.bounds.height >= bounds.height / 4
        });
        if has_content && Quadrilateral::around(pieces, piece, ink).is_frame() {
            is_kept[piece] = false;
        }
    }
    is_kept
}

/// Keeps no specks beside the rest.
fn remove_specks(pieces: &Pieces, is_kept: &mut [bool]) {
    let masses = kept(pieces, is_kept).map(|piece| pieces.list[piece].mass);
    let largest = masses.max().unwrap_or(0);
    for (piece, is_kept) in pieces.list.iter().zip(is_kept) {
        *is_kept &= piece.mass * SPECK >= largest;
    }
}

/// The pieces of each digit and the part that they lie in, from left to right.
fn digits(pieces: &Pieces) -> Result<Vec<(Vec<usize>, Bounds)>, PictureError> {
    let mut is_kept = vec![true; pieces.list.len()];
    remove_specks(pieces, &mut is_kept);
    let tallest = kept(pieces, &is_kept).map(|piece| pieces.list[piece].bounds.height);
    let tallest = tallest.max().ok_or(PictureError::NoInk)?;
    let is_dot = |piece: &usize| pieces.list[*piece].bounds.longer() * 5 < tallest;
    let of_digits = kept(pieces, &is_kept).filter(|piece| !is_dot(piece));
    let mut digits: Vec<_> = of_digits
        .map(|piece| (vec![piece], pieces.list[piece].bounds))
        .collect();
    if digits.len() > MAX_PIECES {
        return Err(PictureError::TooMuch);
    }
    while let Some((first, second)) = of_one_digit(&digits) {
        let (which, bounds) = digits.swap_remove(second);
        digits[first].0.extend(which);
        digits[first].1 = digits[first].1.with(&bounds);
    }
    let tallest = digits.iter().map(|(_, bounds)| bounds.height).max();
    let tallest = tallest.ok_or(PictureError::NoInk)?;
    digits.retain(|(_, bounds)| bounds.height * 2 >= tallest);
    if digits.len() > MAX_DIGITS {
        return Err(PictureError::TooMuch);
    }
    digits.sort_by_key(|(_, bounds)| (bounds.left, bounds.top));
    Ok(digits)
}

/// Two that belong to one digit.
fn of_one_digit(digits: &[(Vec<usize>, Bounds)]) -> Option<(usize, usize)> {
    let belongs = |a: &Bounds, b: &Bounds| are_stacked(a, b) || are_joined(a, b);
    let mut pairs = (0..digits.len()).flat_map(|a| (a + 1..digits.len()).map(move |b| (a, b)));
    pairs.find(|&(a, b)| belongs(&digits[a].1, &digits[b].1))
}

/// Whether one lies above the other and near, as the bar of a 5 above the rest of it.
fn are_stacked(a: &Bounds, b: &Bounds) -> bool {
    let overlap = a.right().min(b.right()).saturating_sub(a.left.max(b.left));
    overlap * 2 >= a.width.min(b.width) && gaps(a, b).1 * 4 <= a.longer().max(b.longer())
}

/// Whether the two nearly touch and are not as tall as each other, as segments of a display.
fn are_joined(a: &Bounds, b: &Bounds) -> bool {
    let both = a.with(b);
    let (across, down) = gaps(a, b);
    across.max(down) * 10 <= both.longer() && a.height.min(b.height) * 20 < both.height * 11
}

/// The gaps between two parts, across and down.
fn gaps(a: &Bounds, b: &Bounds) -> (u32, u32) {
    (
        a.left.max(b.left).saturating_sub(a.right().min(b.right())),
        a.top.max(b.top).saturating_sub(a.bottom().min(b.bottom())),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    use std::time::{Duration, Instant};

    use image::Luma;

    fn ink(rectangles: &[[u32; 4]]) -> GrayImage {
        GrayImage::from_fn(300, 200, |x, y| {
            let is_in = |[left, top, width, height]: &[u32; 4]| {
                (*left..left + width).contains(&x) && (*top..top + height).contains(&y)
            };
            Luma([255 * u8::from(rectangles.iter().any(is_in))])
        })
    }

    fn cut(ink: GrayImage) -> Result<Vec<Cutting>, PictureError> {
        let pieces = Pieces::of(&ink, &ink);
        segment(ink, pieces)
    }

    fn boxes(rectangles: &[[u32; 4]]) -> Vec<[u32; 4]> {
        let digits = cut(ink(rectangles)).expect("digits").into_iter();
        digits
            .map(|digit| {
                let Bounds {
                    left,
                    top,
                    width,
                    height,
                } = digit.bounds;
                [left, top, width, height]
            })
            .collect()
    }

    #[test]
    fn digits_come_from_left_to_right_without_dots_and_dashes() {
        let (first, second, dot, dash) = (
            [60, 50, 20, 100],
            [150, 55, 30, 95],
            [220, 140, 12, 12],
            [100, 95, 30, 8],
        );
        assert_eq!(boxes(&[second, dash, dot, first]), [first, second]);
    }

    #[test]
    fn what_belongs_to_a_digit_stays_together() {
        // A 5 whose bar is apart, a stroke with a cut, and segments of a display.
        assert_eq!(
            boxes(&[[100, 60, 50, 100], [120, 45, 40, 8]]),
            [[100, 45, 60, 115]]
        );
        assert_eq!(
            boxes(&[[100, 50, 20, 60], [100, 113, 20, 40]]),
            [[100, 50, 20, 103]]
        );
        let segments = [
            [110, 50, 30, 8],
            [142, 60, 8, 42],
            [110, 104, 30, 8],
            [98, 114, 8, 42],
            [110, 158, 30, 8],
        ];
        assert_eq!(boxes(&segments), [[98, 50, 52, 116]]);
    }

    #[test]
    fn a_frame_is_no_digit_though_two_of_its_sides_are_long_enough_for_lines() {
        let digit = [120, 60, 30, 80];
        for margin in [10, 20] {
            let frame = [
                [margin, 10, 300 - 2 * margin, 3],
                [margin, 187, 300 - 2 * margin, 3],
                [margin, 10, 3, 180],
                [297 - margin, 10, 3, 180],
            ];
            assert_eq!(boxes(&[&frame[..], &[digit]].concat()), [digit]);
        }
    }

    #[test]
    fn noise_is_refused_soon() {
        let mut state = 1_u32;
        let noise = GrayImage::from_fn(1024, 1024, |_, _| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            Luma([255 * u8::from(state >> 24 < 100)])
        });
        let dots = GrayImage::from_fn(1024, 1024, |x, y| {
            Luma([255 * u8::from(x % 8 < 3 && y % 8 < 3)])
        });
        for picture in [noise, dots] {
            let start = Instant::now();
            assert!(matches!(cut(picture), Err(PictureError::TooMuch)));
            assert!(
                start.elapsed() < Duration::from_secs(10),
                "{:?}",
                start.elapsed()
            );
        }
    }
}
