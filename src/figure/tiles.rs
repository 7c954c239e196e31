use plotters::prelude::DrawingBackend;
use plotters::style::RGBColor;

use super::canvas::{Anchor, Canvas, Place};
use super::kind::TEXT;
use super::{Figure, FigureError};

const TITLE: f64 = 36.0;
const LINE: f64 = 16.0;
const MARGIN: f64 = 10.0;

/// Small images side by side, in rows, each with its caption.
pub struct Tiles {
    /// What stands above them.
    pub title: String,
    /// The images, row by row.
    pub tiles: Vec<Tile>,
    /// Tiles in a row.
    pub columns: usize,
    /// The width of a tile's image.
    pub side: u32,
    /// Pixels between two tiles.
    pub gap: u32,
}

/// Rows of tiles below each other.
pub struct Sheet {
    /// From top to bottom.
    pub sections: Vec<Tiles>,
}

/// One image.
pub struct Tile {
    /// What it shows.
    pub pixels: Pixels,
    /// Lines below it.
    pub caption: Vec<String>,
}

/// An image, row by row.
pub struct Pixels {
    /// Pixels in a row.
    pub width: usize,
    /// Red, green and blue of each.
    pub colours: Vec<[u8; 3]>,
}

impl Pixels {
    /// An image in levels of grey.
    pub fn grey(width: usize, levels: &[u8]) -> Self {
        Self {
            width,
            colours: levels.iter().map(|&level| [level; 3]).collect(),
        }
    }
}

impl Tiles {
    /// From one tile to the next: to the right, and down over the caption.
    fn pitch(&self) -> (f64, f64) {
        let lines = self.tiles.iter().map(|tile| tile.caption.len());
        let caption = lines.max().unwrap_or(0) as f64 * LINE;
        let heights = self.tiles.iter().map(|tile| self.height_of(&tile.pixels));
        let height = heights.fold(0.0, f64::max);
        let gap = f64::from(self.gap);
        (f64::from(self.side) + gap, height + caption + gap)
    }

    fn height_of(&self, pixels: &Pixels) -> f64 {
        let rows = pixels.colours.len().div_ceil(pixels.width);
        f64::from(self.side) * rows as f64 / pixels.width as f64
    }

    /// Draws the tiles with their title from `top` downwards.
    fn draw_from<B: DrawingBackend>(
        &self,
        canvas: &Canvas<B>,
        top: f64,
    ) -> Result<(), FigureError> {
        canvas.text(&self.title, (MARGIN, top + 18.0), Anchor::Left, 17, TEXT)?;
        let (width, height) = self.pitch();
        for (index, tile) in self.tiles.iter().enumerate() {
            let (column, row) = (index % self.columns, index / self.columns);
            let left = MARGIN + width * column as f64;
            self.draw_tile(canvas, tile, (left, top + TITLE + height * row as f64))?;
        }
        Ok(())
    }

    fn draw_tile<B: DrawingBackend>(
        &self,
        canvas: &Canvas<B>,
        tile: &Tile,
        corner: Place,
    ) -> Result<(), FigureError> {
        let Pixels { width, colours } = &tile.pixels;
        let side = f64::from(self.side);
        let size = side / *width as f64;
        for (index, &[red, green, blue]) in colours.iter().enumerate() {
            let (x, y) = (index % width, index / width);
            let place = (corner.0 + size * x as f64, corner.1 + size * y as f64);
            canvas.rectangle(place, (size, size), RGBColor(red, green, blue))?;
        }
        let below = corner.1 + self.height_of(&tile.pixels);
        for (line, row) in tile.caption.iter().zip(0_u32..) {
            let y = below + LINE * (f64::from(row) + 0.6);
            canvas.text(line, (corner.0 + side / 2.0, y), Anchor::Middle, 13, TEXT)?;
        }
        Ok(())
    }
}

impl Figure for Tiles {
    fn size(&self) -> (u32, u32) {
        let rows = self.tiles.len().div_ceil(self.columns.max(1));
        let (width, height) = self.pitch();
        (
            (width * self.columns as f64 + 2.0 * MARGIN) as u32,
            (TITLE + height * rows as f64 + MARGIN) as u32,
        )
    }

    fn draw<B: DrawingBackend>(&self, canvas: &Canvas<B>) -> Result<(), FigureError> {
        self.draw_from(canvas, 0.0)
    }
}

impl Figure for Sheet {
    fn size(&self) -> (u32, u32) {
        let sizes = || self.sections.iter().map(Figure::size);
        let width = sizes().map(|(width, _)| width).max();
        (width.unwrap_or(1), sizes().map(|(_, height)| height).sum())
    }

    fn draw<B: DrawingBackend>(&self, canvas: &Canvas<B>) -> Result<(), FigureError> {
        let mut top = 0.0;
        for section in &self.sections {
            section.draw_from(canvas, top)?;
            top += f64::from(section.size().1);
        }
        Ok(())
    }
}
