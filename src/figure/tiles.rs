use plotters::prelude::DrawingBackend;
use plotters::style::RGBColor;

use super::canvas::{Anchor, Canvas, Place};
use super::colours::TEXT;
use super::{Figure, FigureError};

const TITLE: f64 = 36.0;
const LINE: f64 = 16.0;
const GAP: f64 = 10.0;

/// Small images side by side, in rows, each with its caption.
pub struct Tiles {
    /// What stands above them.
    pub title: String,
    /// The images, row by row.
    pub tiles: Vec<Tile>,
    /// Tiles in a row.
    pub columns: usize,
    /// The size of a tile's image.
    pub side: u32,
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
    /// The size of a tile with its caption and the gap after it.
    fn pitch(&self) -> (f64, f64) {
        let lines = self.tiles.iter().map(|tile| tile.caption.len());
        let caption = lines.max().unwrap_or(0) as f64 * LINE;
        let side = f64::from(self.side);
        (side + GAP, side + caption + GAP)
    }

    fn draw_tile<B: DrawingBackend>(
        &self,
        canvas: &Canvas<B>,
        tile: &Tile,
        corner: Place,
    ) -> Result<(), FigureError> {
        let Pixels { width, colours } = &tile.pixels;
        let size = f64::from(self.side) / *width as f64;
        for (index, &[red, green, blue]) in colours.iter().enumerate() {
            let (x, y) = (index % width, index / width);
            let place = (corner.0 + size * x as f64, corner.1 + size * y as f64);
            canvas.rectangle(place, (size, size), RGBColor(red, green, blue))?;
        }
        let side = f64::from(self.side);
        for (line, row) in tile.caption.iter().zip(0_u32..) {
            let y = corner.1 + side + LINE * (f64::from(row) + 0.6);
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
            (width * self.columns as f64 + GAP) as u32,
            (TITLE + height * rows as f64 + GAP) as u32,
        )
    }

    fn draw<B: DrawingBackend>(&self, canvas: &Canvas<B>) -> Result<(), FigureError> {
        canvas.text(&self.title, (GAP, 18.0), Anchor::Left, 17, TEXT)?;
        let (width, height) = self.pitch();
        for (index, tile) in self.tiles.iter().enumerate() {
            let (column, row) = (index % self.columns, index / self.columns);
            let corner = (GAP + width * column as f64, TITLE + height * row as f64);
            self.draw_tile(canvas, tile, corner)?;
        }
        Ok(())
    }
}
