/// A part of a picture, in pixels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bounds {
    /// How far the part begins from the picture's left edge.
    pub left: u32,
    /// How far it begins from the top.
    pub top: u32,
    /// Its width.
    pub width: u32,
    /// Its height.
    pub height: u32,
}

impl Bounds {
    /// A single pixel.
    pub(super) fn at(x: u32, y: u32) -> Self {
        let [width, height] = [1, 1];
        Self {
            left: x,
            top: y,
            width,
            height,
        }
    }

    pub(super) fn right(&self) -> u32 {
        self.left + self.width
    }

    pub(super) fn bottom(&self) -> u32 {
        self.top + self.height
    }

    pub(super) fn longer(&self) -> u32 {
        self.width.max(self.height)
    }

    /// The smallest part that holds both.
    pub(super) fn with(&self, other: &Self) -> Self {
        let (left, top) = (self.left.min(other.left), self.top.min(other.top));
        Self {
            left,
            top,
            width: self.right().max(other.right()) - left,
            height: self.bottom().max(other.bottom()) - top,
        }
    }

    /// With so many pixels more on each side, as far as a picture of this size goes.
    pub(super) fn with_margin(&self, margin: u32, (width, height): (u32, u32)) -> Self {
        let (left, top) = (
            self.left.saturating_sub(margin),
            self.top.saturating_sub(margin),
        );
        Self {
            left,
            top,
            width: (self.right() + margin).min(width) - left,
            height: (self.bottom() + margin).min(height) - top,
        }
    }

    pub(super) fn contains(&self, other: &Self) -> bool {
        *self == self.with(other)
    }
}
