use std::path::Path;

use image::{GrayImage, imageops};

use super::bounds::Bounds;
use super::digit::{Digit, SIDE};
use super::invert::Invert;
use super::pieces::Pieces;
use super::segment::{Cutting, segment};
use super::thumbnail::thumbnail;
use super::{PictureError, decode, hollow, ink, mnist_form, normalize, polarity, slant, stroke};

/// Digits are looked for in a copy whose longer side is this at the most.
const WORKING_SIDE: u32 = 256;

/// Found there less tall than this, or in a copy scaled down by more than [`COARSE`], they are looked
/// at again in a finer copy of the part where they lie.
const TALL: u32 = 64;
const COARSE: u32 = 3;

/// That copy's longer side, unless digits were less than [`TALL`] in it: then it is at most
/// [`FINEST_SIDE`].
const FINE_SIDE: u32 = 512;
const FINEST_SIDE: u32 = 1024;

/// Reads the digits of a PNG, JPEG, GIF, BMP or WebP picture, from left to right; of a moving
/// picture, those of its first frame. There is at least one.
///
/// A picture of 28×28 pixels that is light on dark counts as being in MNIST's form already, and is
/// taken as it is. Dark on light, it is if it has MNIST's measures; then only light and dark change
/// places.
///
/// # Errors
/// A file that cannot be read, is not such a picture, is too large, or shows no digits.
pub fn read(path: &Path, invert: Invert) -> Result<Vec<Digit>, PictureError> {
    read_bytes(&decode::file(path)?, invert)
}

/// [`read`] of a file whose bytes are `file`.
///
/// # Errors
/// As for [`read`].
pub fn read_bytes(file: &[u8], invert: Invert) -> Result<Vec<Digit>, PictureError> {
    let picture = decode::decode(file)?;
    if is_blank(&picture) {
        return Err(PictureError::Blank);
    }
    let part = Bounds {
        left: 0,
        top: 0,
        width: picture.width(),
        height: picture.height(),
    };
    let mut copy = Copy::of(&picture, part, WORKING_SIDE);
    let mut is_dark_on_light = match invert {
        Invert::Auto => polarity::is_light_along_edges(&copy.levels),
        Invert::Yes => true,
        Invert::No => false,
    };
    copy.invert_if(is_dark_on_light);
    let mut inked = copy.inked();
    let is_sheet = |(ink, pieces): &(_, _)| polarity::is_sheet(ink, pieces);
    if invert == Invert::Auto && inked.as_ref().is_ok_and(is_sheet) {
        is_dark_on_light = !is_dark_on_light;
        copy.invert_if(true);
        inked = copy.inked();
    }
    let is_small = picture.dimensions() == (SIDE, SIDE);
    if is_small && (!is_dark_on_light || mnist_form::fits(&copy.levels)) {
        return Ok(vec![Digit::whole(copy.levels)]);
    }
    let found = inked.and_then(|(ink, pieces)| segment(ink, pieces));
    let finer = match &found {
        Ok(cuttings) => copy.finer(&picture, cuttings),
        // What is as thin as a hair vanishes when it is scaled down.
        Err(_) => copy
            .is_smaller()
            .then(|| Copy::of(&picture, part, FINEST_SIDE)),
    };
    if let Some(mut finer) = finer {
        finer.invert_if(is_dark_on_light);
        let cuttings = finer.inked().and_then(|(ink, pieces)| segment(ink, pieces));
        if cuttings.is_ok() || found.is_err() {
            return Ok(finer.digits(cuttings?));
        }
    }
    Ok(copy.digits(found?))
}

/// A part of a picture, scaled down.
struct Copy {
    levels: GrayImage,
    part: Bounds,
}

impl Copy {
    /// Of a part, whose longer side becomes `longer` at the most.
    fn of(picture: &GrayImage, part: Bounds, longer: u32) -> Self {
        let scaled = |side: u32| {
            let scaled = u64::from(side) * u64::from(longer) / u64::from(part.longer());
            (scaled as u32).clamp(1, side)
        };
        Self {
            levels: thumbnail(picture, part, scaled(part.width), scaled(part.height)),
            part,
        }
    }

    fn is_smaller(&self) -> bool {
        self.levels.width() < self.part.width || self.levels.height() < self.part.height
    }

    fn invert_if(&mut self, is_to_be_inverted: bool) {
        if is_to_be_inverted {
            imageops::invert(&mut self.levels);
        }
    }

    fn inked(&self) -> Result<(GrayImage, Pieces), PictureError> {
        let ink = ink::find(&self.levels)?;
        let pieces = Pieces::of(&ink, &ink);
        Ok((ink, pieces))
    }

    /// A finer copy of the part where these digits lie, if this one is too coarse for them.
    fn finer(&self, picture: &GrayImage, cuttings: &[Cutting]) -> Option<Self> {
        let bounds = cuttings.iter().map(|cutting| cutting.bounds);
        let tallest = bounds.clone().map(|bounds| bounds.height).max()?;
        let is_coarse = self.part.longer() > COARSE * self.longer();
        if !self.is_smaller() || (tallest >= TALL && !is_coarse) {
            return None;
        }
        let all = bounds.reduce(|all, bounds| all.with(&bounds))?;
        let part = self.in_picture(all.with_margin(tallest / 4, self.levels.dimensions()));
        let tallest = u64::from(tallest) * u64::from(self.part.longer()) / u64::from(self.longer());
        let by_digits = u64::from(part.longer()) * u64::from(TALL) / tallest;
        let longer = by_digits.clamp(FINE_SIDE.into(), FINEST_SIDE.into()) as u32;
        Some(Self::of(picture, part, longer))
    }

    fn longer(&self) -> u32 {
        self.levels.width().max(self.levels.height())
    }

    /// Where a part of this copy lies in the picture.
    fn in_picture(&self, part: Bounds) -> Bounds {
        let (width, height) = self.levels.dimensions();
        let from = |start: u32, now: u32, then: u32| {
            (u64::from(start) * u64::from(then) / u64::from(now)) as u32
        };
        let to = |end: u32, now: u32, then: u32| {
            (u64::from(end) * u64::from(then)).div_ceil(u64::from(now)) as u32
        };
        let left = from(part.left, width, self.part.width);
        let top = from(part.top, height, self.part.height);
        Bounds {
            left: self.part.left + left,
            top: self.part.top + top,
            width: to(part.right(), width, self.part.width) - left,
            height: to(part.bottom(), height, self.part.height) - top,
        }
    }

    fn digits(&self, cuttings: Vec<Cutting>) -> Vec<Digit> {
        let digit = |cutting: Cutting| {
            let Cutting { mut ink, bounds } = cutting;
            hollow::fill(&mut ink);
            let ink = stroke::of_usual_width(slant::set_up(ink));
            let pixels = normalize::normalize(&ink);
            Digit::cut_out(pixels, self.in_picture(bounds), &self.levels, bounds)
        };
        cuttings.into_iter().map(digit).collect()
    }
}

fn is_blank(picture: &GrayImage) -> bool {
    let levels = picture.as_raw();
    levels.iter().all(|level| *level == levels[0])
}
