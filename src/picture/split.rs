//! Ink told from paper by its height above the paper.

use image::GrayImage;

use super::PictureError;
use super::constants::{ABOVE_GRAIN, GRAIN, MIN_CONTRAST};

/// The mean level of ink.
///
/// What is higher than the paper's grain is split in two, such that the variance between the two
/// is the greatest (Otsu 1979); ink is the higher part. The lower one holds edges, lines printed on
/// the paper, what shines through. Paper is left out of this, so ink can be as little as it likes.
pub(super) fn ink_level(heights: &GrayImage) -> Result<u8, PictureError> {
    let mut counts = [0_u64; 256];
    for height in heights.as_raw() {
        counts[usize::from(*height)] += 1;
    }
    let highest = counts.iter().rposition(|&count| count > 0).unwrap_or(0);
    let grain = (GRAIN * median(&counts)).min(highest / ABOVE_GRAIN);
    let floor = MIN_CONTRAST.max(grain);
    let weigh = |(level, count): (usize, &u64)| (*count, *count * level as u64);
    let all = || counts.iter().enumerate().skip(floor).map(weigh);
    let total = all().fold((0, 0), |sum, bin| (sum.0 + bin.0, sum.1 + bin.1));
    let mean = |(count, sum): (u64, u64)| sum as f64 / count as f64;
    let (mut low, mut best, mut ink) = ((0, 0), 0.0, total);
    for bin in all() {
        low = (low.0 + bin.0, low.1 + bin.1);
        let high = (total.0 - low.0, total.1 - low.1);
        if low.0 == 0 || high.0 == 0 {
            continue;
        }
        let variance = low.0 as f64 * high.0 as f64 * (mean(high) - mean(low)).powi(2);
        if variance > best {
            (best, ink) = (variance, high);
        }
    }
    if ink.0 == 0 {
        return Err(PictureError::NoInk);
    }
    Ok(mean(ink) as u8)
}

fn median(counts: &[u64; 256]) -> usize {
    let half = counts.iter().sum::<u64>() / 2;
    let mut seen = 0;
    let is_middle = |count: &u64| {
        seen += count;
        seen > half
    };
    counts.iter().position(is_middle).unwrap_or(0)
}
