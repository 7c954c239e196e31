//! The paper under the ink, which light falls on unevenly.

use std::collections::VecDeque;

use image::GrayImage;

use super::constants::{LEVEL_FRACTIONS, STEEPEST_LIGHT};

/// The paper's level at each pixel of a picture that is light on dark.
///
/// Under ink that is as high as one must climb at the least to leave it for the picture's edge: the
/// filling of holes by reconstruction (Vincent 1993). It follows gradients and the hard edges of
/// shadows, since a shadow reaches the edge of the picture and ink does not, and it has no scale,
/// so strokes may be of any width.
pub(super) fn under(picture: &GrayImage) -> GrayImage {
    let (width, height) = picture.dimensions();
    let mut paper = vec![0; picture.as_raw().len()];
    for (index, level) in around(picture) {
        paper[index] = level.max(paper[index]);
    }
    reconstruct(&mut paper, picture.as_raw(), width as usize);
    GrayImage::from_raw(width, height, paper).expect("a level for each pixel")
}

/// Raises each level to the highest that a way leads to, from pixel to pixel beside it or above, on
/// which no level is higher than in `most`.
///
/// One scan from the top and one from the bottom find nearly all (Vincent's hybrid algorithm); the
/// rest goes on from where the second scan leaves something to raise.
fn reconstruct(levels: &mut [u8], most: &[u8], row: usize) {
    let mut before = vec![0; row];
    for (levels, most) in levels.chunks_exact_mut(row).zip(most.chunks_exact(row)) {
        raise(levels, most, &before);
        let mut left = 0;
        for (level, most) in levels.iter_mut().zip(most) {
            left = (*level).max(left.min(*most));
            *level = left;
        }
        before.copy_from_slice(levels);
    }
    before.fill(0);
    let mut can_raise = VecDeque::new();
    let rows = levels.chunks_exact_mut(row).zip(most.chunks_exact(row));
    for (y, (levels, most)) in rows.enumerate().rev() {
        let below = &mut before;
        let scanned = levels.to_vec();
        raise(levels, most, below);
        let mut right = 0;
        for (x, most) in most.iter().enumerate().rev() {
            right = levels[x].max(right.min(*most));
            levels[x] = right;
        }
        let is_raised = |x: &usize| levels[*x] > scanned[*x];
        can_raise.extend((0..row).filter(is_raised).map(|x| y * row + x));
        below.copy_from_slice(levels);
    }
    while let Some(index) = can_raise.pop_front() {
        let level = levels[index];
        let x = index % row;
        let neighbours = [
            (x > 0).then(|| index - 1),
            (x + 1 < row).then_some(index + 1),
            index.checked_sub(row),
            (index + row < levels.len()).then_some(index + row),
        ];
        for next in neighbours.into_iter().flatten() {
            let raised = level.min(most[next]);
            if raised > levels[next] {
                levels[next] = raised;
                can_raise.push_back(next);
            }
        }
    }
}

/// Raises the levels of a row to those of the row before, where they may be as high.
fn raise(levels: &mut [u8], most: &[u8], before: &[u8]) {
    for ((level, most), before) in levels.iter_mut().zip(most).zip(before) {
        *level = (*level).max(*before.min(most));
    }
}

/// The pixels along the edges, each with the level of the paper there: its own, unless that rises
/// too steeply from the others, as where a digit is cut off.
fn around(picture: &GrayImage) -> Vec<(usize, u8)> {
    let (width, height) = (picture.width() as usize, picture.height() as usize);
    let top = 0..width;
    let right = (1..height).map(|y| y * width + width - 1);
    let bottom = (0..width.saturating_sub(1))
        .rev()
        .map(|x| (height - 1) * width + x);
    let left = (1..height.saturating_sub(1)).rev().map(|y| y * width);
    let ring: Vec<usize> = top.chain(right).chain(bottom).chain(left).collect();
    let step = STEEPEST_LIGHT * 255 * LEVEL_FRACTIONS / ring.len() as u64;
    let levels = picture.as_raw();
    let mut paper: Vec<u64> = ring
        .iter()
        .map(|&index| u64::from(levels[index]) * LEVEL_FRACTIONS)
        .collect();
    // Twice around each way, since the ring has no beginning.
    let forwards = (0..ring.len()).chain(0..ring.len());
    for ways in [
        forwards.clone().collect::<Vec<_>>(),
        forwards.rev().collect(),
    ] {
        let mut before = u64::MAX - step;
        for place in ways {
            paper[place] = paper[place].min(before + step);
            before = paper[place];
        }
    }
    let paper = paper
        .into_iter()
        .map(|level| (level / LEVEL_FRACTIONS) as u8);
    ring.into_iter().zip(paper).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    use image::Luma;

    /// 120×80; a bar of ink in the middle, on paper of some level.
    fn with_bar(paper: impl Fn(u32, u32) -> u8) -> GrayImage {
        GrayImage::from_fn(120, 80, |x, y| {
            let is_ink = (50..60).contains(&x) && (20..60).contains(&y);
            Luma([if is_ink { 220 } else { paper(x, y) }])
        })
    }

    /// How far from the paper's level what was found is at the most, where there is no ink.
    fn largest_error(picture: &GrayImage) -> u8 {
        let found = under(picture);
        let pairs = picture.pixels().zip(found.pixels());
        let paper = pairs.filter(|(level, _)| level.0[0] != 220);
        let errors = paper.map(|(level, found)| level.0[0].abs_diff(found.0[0]));
        errors.max().expect("paper")
    }

    #[test]
    fn light_that_fades_and_a_hard_shadow_are_paper() {
        assert_eq!(largest_error(&with_bar(|x, y| (x / 2 + y / 4) as u8)), 0);
        let shadow = with_bar(|x, y| if 2 * x + y < 130 { 30 } else { 120 });
        assert_eq!(largest_error(&shadow), 0);
        assert!(under(&shadow).get_pixel(55, 40).0[0] <= 120);
    }

    #[test]
    fn ink_at_the_edge_is_not_paper() {
        let cut_off = GrayImage::from_fn(120, 80, |x, y| {
            let is_ink = (50..58).contains(&x) && y >= 30;
            Luma([if is_ink { 220 } else { 10 }])
        });
        assert!(under(&cut_off).pixels().all(|level| level.0[0] < 60));
    }

    #[test]
    fn a_picture_of_any_size_has_paper() {
        for (width, height) in [(1, 1), (1, 9), (9, 1), (2, 2), (3, 2)] {
            let picture = GrayImage::from_fn(width, height, |x, y| Luma([(x + y) as u8]));
            assert_eq!(under(&picture).dimensions(), (width, height));
        }
    }
}
