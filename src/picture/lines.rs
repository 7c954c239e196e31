//! Lines printed on the paper, right across the picture.

use image::{GrayImage, Luma};

use super::constants::{LINE_LEAN, LONG_LINE, THIN_LINE};
use super::pieces::grow;

/// Clears lines across and down the picture, and leaves strokes that cross them.
pub(super) fn remove(ink: &mut GrayImage) {
    let thickest = ink.width().max(ink.height()) / THIN_LINE;
    for is_down in [false, true] {
        let lines = Lines { ink, is_down }.found(thickest);
        for (x, y) in lines {
            ink.put_pixel(x, y, Luma([0]));
        }
    }
}

/// A picture looked at along its lines: a line goes along, and has its thickness across.
struct Lines<'ink> {
    ink: &'ink GrayImage,
    is_down: bool,
}

impl Lines<'_> {
    fn size(&self) -> (u32, u32) {
        let (width, height) = self.ink.dimensions();
        if self.is_down {
            (height, width)
        } else {
            (width, height)
        }
    }

    fn pixel(&self, along: u32, across: u32) -> (u32, u32) {
        if self.is_down {
            (across, along)
        } else {
            (along, across)
        }
    }

    /// The pixels of lines that are no thicker than `thickest`.
    fn found(&self, thickest: u32) -> Vec<(u32, u32)> {
        let (length, breadth) = self.size();
        if !self.may_be_there() {
            return Vec::new();
        }
        let paths = self.paths();
        let mut pixels = Vec::new();
        let mut counts = vec![0_usize; thickest as usize + 1];
        for along in 0..length {
            let mut across = 0;
            while across < breadth {
                let end = self.end_of_run(along, across);
                let is_on_path =
                    |across| paths[(along * breadth + across) as usize] * 10 >= LONG_LINE * length;
                let thickness = end - across;
                if thickness > 0 && thickness <= thickest && (across..end).any(is_on_path) {
                    counts[thickness as usize] += 1;
                    pixels
                        .extend((across..end).map(|across| (thickness, self.pixel(along, across))));
                }
                across = end + 1;
            }
        }
        // Where a stroke crosses a line, both together are thicker than the line.
        let half = counts.iter().sum::<usize>() / 2;
        let mut seen = 0;
        let median = counts.iter().position(|count| {
            seen += count;
            seen > half
        });
        let usual = median.unwrap_or(0) as u32;
        let thin = pixels
            .into_iter()
            .filter(|&(thickness, _)| thickness <= usual + usual / 2 + 1);
        thin.map(|(_, pixel)| pixel).collect()
    }

    /// Whether ink, with gaps of two pixels, reaches as far as a line: in few pictures it does.
    fn may_be_there(&self) -> bool {
        let inked = self.inked();
        let is_near_ink = |place: &usize| {
            let around = place.saturating_sub(1)..(place + 2).min(inked.len());
            inked[around].contains(&true)
        };
        let reach = (0..inked.len()).filter(is_near_ink).count() as u32;
        reach * 10 >= LONG_LINE * self.size().0
    }

    /// For each place along, whether there is ink.
    fn inked(&self) -> Vec<bool> {
        let mut rows = self.ink.as_raw().chunks_exact(self.ink.width() as usize);
        if self.is_down {
            return rows.map(|row| row.iter().any(|&level| level > 0)).collect();
        }
        let mut inked = vec![false; self.ink.width() as usize];
        for row in &mut rows {
            for (inked, &level) in inked.iter_mut().zip(row) {
                *inked |= level > 0;
            }
        }
        inked
    }

    fn is_ink(&self, along: u32, across: u32) -> bool {
        let (x, y) = self.pixel(along, across);
        self.ink.get_pixel(x, y).0[0] > 0
    }

    /// Where ink that begins at a place ends, across the line; the place itself without ink.
    fn end_of_run(&self, along: u32, across: u32) -> u32 {
        let is_ink = |across: &u32| self.is_ink(along, *across);
        across + (across..self.size().1).take_while(is_ink).count() as u32
    }

    /// For each pixel, row by row along, how long the longest path of ink through it is, which
    /// leans little and may have gaps of two pixels.
    fn paths(&self) -> Vec<u32> {
        let (length, breadth) = self.size();
        let ink = grow(self.ink, 1);
        let reach = |order: &mut dyn Iterator<Item = u32>| {
            let mut reached = vec![0_u32; (length * breadth) as usize];
            let mut before = vec![0_u32; breadth as usize];
            for along in order {
                let row = &mut reached[(along * breadth) as usize..][..breadth as usize];
                for across in 0..breadth {
                    let (x, y) = self.pixel(along, across);
                    if ink.get_pixel(x, y).0[0] == 0 {
                        continue;
                    }
                    let place = across as usize;
                    let mut longest = before[place];
                    if along % LINE_LEAN == 0 {
                        let beside = place.saturating_sub(1)..(place + 2).min(breadth as usize);
                        longest = before[beside].iter().copied().fold(longest, u32::max);
                    }
                    row[place] = longest + 1;
                }
                before.copy_from_slice(row);
            }
            reached
        };
        let forwards = reach(&mut (0..length));
        let backwards = reach(&mut (0..length).rev());
        let both = forwards.into_iter().zip(backwards);
        both.map(|(before, after)| (before + after).saturating_sub(1))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 200×150, with slightly leaning lines two pixels thick, every 30 pixels, and a thick bar.
    fn ruled(with_bar: bool) -> GrayImage {
        GrayImage::from_fn(200, 150, |x, y| {
            let is_line = (y + 10 + x / 20) % 30 < 2;
            let is_bar = with_bar && (90..100).contains(&x) && (20..120).contains(&y);
            Luma([if is_line || is_bar { 255 } else { 0 }])
        })
    }

    #[test]
    fn lines_go_and_a_stroke_across_them_stays_whole() {
        let mut ink = ruled(true);
        remove(&mut ink);
        let bar = ruled(false);
        for (x, y, level) in ink.enumerate_pixels() {
            let is_bar = (90..100).contains(&x) && (20..120).contains(&y);
            if is_bar {
                assert_eq!(level.0[0], 255, "{x} {y}");
            } else if bar.get_pixel(x, y).0[0] > 0 {
                let is_beside = (88..102).contains(&x);
                assert!(level.0[0] == 0 || is_beside, "{x} {y}");
            }
        }
    }

    #[test]
    fn a_stroke_that_is_thick_or_does_not_reach_across_stays() {
        for (width, thickness) in [(120, 3), (200, 20)] {
            let mut ink = GrayImage::from_fn(200, 150, |x, y| {
                let is_ink = x < width && (70..70 + thickness).contains(&y);
                Luma([if is_ink { 255 } else { 0 }])
            });
            let before = ink.clone();
            remove(&mut ink);
            assert_eq!(ink, before);
        }
    }
}
