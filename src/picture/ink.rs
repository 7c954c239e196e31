//! What is ink, and what is paper.

use image::{GrayImage, Luma, imageops};

use super::PictureError;
use super::paper::{Paper, Plane};

/// Longer pictures are first scaled down to this: a digit in a corner still has pixels enough.
const WORKING_SIDE: u32 = 1024;

/// How far ink stands out from the paper at the least, where black to white is 1.
const MIN_CONTRAST: f32 = 1.0 / 16.0;

/// A piece of ink that is smaller than this, compared with the largest piece, is a speck.
const SPECK: f32 = 1.0 / 32.0;

/// Terms of the paper's surface in each round; a round begins with the ink that the last one found.
const ROUNDS: [usize; 3] = [3, 6, 6];

/// How much of each pixel is ink, from 0 to 1, in a picture that is light on dark.
///
/// Otsu's threshold (1979) tells ink from paper, above a surface fitted to what it called paper:
/// so a shadow across a photograph does not count as ink.
pub(super) fn find(picture: &GrayImage) -> Result<Plane, PictureError> {
    let picture = working_copy(picture);
    let mut height = picture.clone();
    let mut split = Split::of(&height)?;
    for terms in ROUNDS {
        let is_paper = |x, y| height.get_pixel(x, y).0[0] < split.threshold;
        height = Paper::fit(&picture, terms, is_paper)?.height_above(&picture);
        split = Split::of(&height)?;
    }
    for level in height.pixels_mut() {
        // The paper's grain is dropped at the foot; an edge that is half ink stays half.
        level.0[0] = (2.0 * level.0[0] / split.ink - 0.5).clamp(0.0, 1.0);
    }
    remove_specks(&mut height);
    Ok(height)
}

/// The picture from 0 to 1, at most [`WORKING_SIDE`] long.
fn working_copy(picture: &GrayImage) -> Plane {
    let (width, height) = picture.dimensions();
    let longer = width.max(height);
    let scaled = |side: u32| {
        let side = u64::from(side) * u64::from(WORKING_SIDE) / u64::from(longer);
        (side as u32).max(1)
    };
    let smaller = (longer > WORKING_SIDE)
        .then(|| imageops::thumbnail(picture, scaled(width), scaled(height)));
    let picture = smaller.as_ref().unwrap_or(picture);
    Plane::from_fn(picture.width(), picture.height(), |x, y| {
        Luma([f32::from(picture.get_pixel(x, y).0[0]) / 255.0])
    })
}

/// Ink and paper, told apart by their levels.
struct Split {
    /// Midway between the mean levels of the two.
    threshold: f32,
    /// The mean level of ink.
    ink: f32,
}

impl Split {
    /// The split with the greatest variance between its two classes; levels below 0 count as 0.
    fn of(plane: &Plane) -> Result<Self, PictureError> {
        const BINS: usize = 256;
        let levels = || plane.as_raw().iter().map(|level| level.max(0.0));
        let highest = levels().fold(0.0, f32::max);
        if highest < MIN_CONTRAST {
            return Err(PictureError::NoInk);
        }
        let mut histogram = [(0_u64, 0.0_f64); BINS];
        for level in levels() {
            let bin = &mut histogram[(level / highest * (BINS - 1) as f32) as usize];
            bin.0 += 1;
            bin.1 += f64::from(level);
        }
        let total = histogram
            .iter()
            .fold((0, 0.0), |sum, bin| (sum.0 + bin.0, sum.1 + bin.1));
        let mut paper = (0, 0.0);
        let (mut best, mut means) = (0.0, (0.0, 0.0));
        for bin in &histogram[..BINS - 1] {
            paper = (paper.0 + bin.0, paper.1 + bin.1);
            let ink = (total.0 - paper.0, total.1 - paper.1);
            if paper.0 == 0 || ink.0 == 0 {
                continue;
            }
            let mean = |(count, sum): (u64, f64)| sum / count as f64;
            let variance = paper.0 as f64 * ink.0 as f64 * (mean(ink) - mean(paper)).powi(2);
            if variance > best {
                (best, means) = (variance, (mean(paper), mean(ink)));
            }
        }
        let (paper, ink) = (means.0 as f32, means.1 as f32);
        if ink - paper < MIN_CONTRAST {
            return Err(PictureError::NoInk);
        }
        Ok(Self {
            threshold: f32::midpoint(paper, ink),
            ink,
        })
    }
}

/// Clears the pieces of ink that are too small to be part of the digit: dust, and grain.
fn remove_specks(ink: &mut Plane) {
    let mut pieces: Vec<(f32, Vec<(u32, u32)>)> = Vec::new();
    let mut seen = vec![false; ink.as_raw().len()];
    for y in 0..ink.height() {
        for x in 0..ink.width() {
            let piece = piece_at((x, y), ink, &mut seen);
            if !piece.is_empty() {
                let mass = piece.iter().map(|&(x, y)| ink.get_pixel(x, y).0[0]).sum();
                pieces.push((mass, piece));
            }
        }
    }
    let largest = pieces.iter().map(|(mass, _)| *mass).fold(0.0, f32::max);
    for (mass, piece) in pieces {
        if mass < SPECK * largest {
            for (x, y) in piece {
                ink.put_pixel(x, y, Luma([0.0]));
            }
        }
    }
}

/// The pixels of ink that hang together with the one at `start`, unless they were seen before.
fn piece_at(start: (u32, u32), ink: &Plane, seen: &mut [bool]) -> Vec<(u32, u32)> {
    let (width, height) = ink.dimensions();
    let mut piece = Vec::new();
    let mut waiting = vec![start];
    while let Some((x, y)) = waiting.pop() {
        let seen = &mut seen[y as usize * width as usize + x as usize];
        if *seen || ink.get_pixel(x, y).0[0] == 0.0 {
            continue;
        }
        *seen = true;
        piece.push((x, y));
        for y in y.saturating_sub(1)..=(y + 1).min(height - 1) {
            waiting.extend((x.saturating_sub(1)..=(x + 1).min(width - 1)).map(|x| (x, y)));
        }
    }
    piece
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 200×100, with a bar of ink in the middle and more light from left to right.
    fn photograph(light: impl Fn(u32) -> u8, ink: u8) -> GrayImage {
        GrayImage::from_fn(200, 100, |x, y| {
            let is_ink = (90..110).contains(&x) && (20..80).contains(&y);
            Luma([if is_ink { ink } else { light(x) }])
        })
    }

    fn bar(ink: &Plane) -> (u32, u32, usize) {
        let full: Vec<_> = ink
            .enumerate_pixels()
            .filter(|(.., level)| level.0[0] > 0.5)
            .collect();
        let lefts = full.iter().map(|(x, ..)| *x);
        (
            lefts.clone().min().expect("ink"),
            lefts.max().expect("ink"),
            full.len(),
        )
    }

    #[test]
    fn a_shadow_is_not_ink() {
        let shadow = photograph(|x| (x / 2) as u8, 220);
        assert_eq!(bar(&find(&shadow).expect("ink")), (90, 109, 20 * 60));
    }

    #[test]
    fn dust_is_not_ink() {
        let mut dusty = photograph(|_| 30, 220);
        for (x, y) in [(3, 3), (150, 90), (151, 90)] {
            dusty.put_pixel(x, y, Luma([255]));
        }
        assert_eq!(bar(&find(&dusty).expect("ink")), (90, 109, 20 * 60));
    }

    #[test]
    fn paper_alone_shows_no_ink() {
        let paper = GrayImage::from_fn(200, 100, |x, y| Luma([(x / 2 + (x + y) % 5) as u8]));
        assert!(matches!(find(&paper), Err(PictureError::NoInk)));
    }
}
