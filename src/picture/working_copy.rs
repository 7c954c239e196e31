//! Pictures and parts of them, scaled down to what the work on them needs.

use image::{GrayImage, imageops};

use super::bounds::Bounds;
use super::constants::{COARSE, FINE_SIDE, FINEST_SIDE, TALL};
use super::digit::{Digit, thumbnail};
use super::pieces::Pieces;
use super::segment::Cutting;
use super::{PictureError, hollow, ink, normalize, slant, stroke};

/// A part of a picture, scaled down.
pub(super) struct WorkingCopy {
    pub levels: GrayImage,
    part: Bounds,
}

impl WorkingCopy {
    /// Of a part, whose longer side becomes `longer` at the most.
    pub(super) fn of(picture: &GrayImage, part: Bounds, longer: u32) -> Self {
        let scaled = |side: u32| {
            let scaled = u64::from(side) * u64::from(longer) / u64::from(part.longer());
            (scaled as u32).clamp(1, side)
        };
        Self {
            levels: thumbnail(picture, part, scaled(part.width), scaled(part.height)),
            part,
        }
    }

    pub(super) fn is_smaller(&self) -> bool {
        self.levels.width() < self.part.width || self.levels.height() < self.part.height
    }

    pub(super) fn invert_if(&mut self, is_to_be_inverted: bool) {
        if is_to_be_inverted {
            imageops::invert(&mut self.levels);
        }
    }

    pub(super) fn inked(&self) -> Result<(GrayImage, Pieces), PictureError> {
        let ink = ink::find(&self.levels)?;
        let pieces = Pieces::of(&ink, &ink);
        Ok((ink, pieces))
    }

    /// A finer copy of the part where these digits lie, if this one is too coarse for them.
    pub(super) fn finer(&self, picture: &GrayImage, cuttings: &[Cutting]) -> Option<Self> {
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

    pub(super) fn digits(&self, cuttings: Vec<Cutting>) -> Vec<Digit> {
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
