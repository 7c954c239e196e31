use plotters::prelude::DrawingBackend;
use plotters::style::RGBColor;

use super::canvas::{Anchor, Canvas};
use super::kind::{FAINT, PAPER, TEXT, mixed};
use super::{Figure, FigureError};

const RIGHT: RGBColor = RGBColor(0, 114, 178);
const WRONG: RGBColor = RGBColor(213, 94, 0);

/// Classes whose cells have room for their numbers.
const WITH_NUMBERS: usize = 16;

const LEFT: f64 = 58.0;
const TOP: f64 = 78.0;

/// A confusion matrix: right answers in blue, wrong ones in red, each the darker the greater their
/// share of the row is.
pub struct Matrix<'a> {
    /// What stands above it.
    pub title: String,
    /// Counts of images: a row a true class, a column a predicted one.
    pub counts: &'a [Vec<u64>],
}

impl Matrix<'_> {
    fn side(&self) -> f64 {
        match self.counts.len() {
            0..=WITH_NUMBERS => 46.0,
            classes => (700 / classes).max(3) as f64,
        }
    }

    fn draw_cell<B: DrawingBackend>(
        &self,
        canvas: &Canvas<B>,
        (row, column): (usize, usize),
    ) -> Result<(), FigureError> {
        let side = self.side();
        let count = self.counts[row][column];
        let total: u64 = self.counts[row].iter().sum();
        let share = count as f64 / total.max(1) as f64;
        let (colour, share) = match row == column {
            // Rows differ in their last hundredths, and their mistakes are few.
            true => (RIGHT, 0.15 + 0.85 * share.powi(4)),
            false => (WRONG, (20.0 * share).sqrt()),
        };
        let share = if count == 0 { 0.0 } else { share.min(1.0) };
        let corner = (LEFT + side * column as f64, TOP + side * row as f64);
        canvas.rectangle(
            corner,
            (side - 1.0, side - 1.0),
            mixed(PAPER, colour, share),
        )?;
        if count == 0 || self.counts.len() > WITH_NUMBERS {
            return Ok(());
        }
        let middle = (corner.0 + side / 2.0, corner.1 + side / 2.0);
        let text = if share > 0.7 { PAPER } else { TEXT };
        canvas.text(&count.to_string(), middle, Anchor::Middle, 15, text)
    }

    fn draw_classes<B: DrawingBackend>(&self, canvas: &Canvas<B>) -> Result<(), FigureError> {
        let side = self.side();
        // Names of narrow cells would lie on one another.
        let every = (16.0 / side).ceil() as usize;
        for class in (0..self.counts.len()).step_by(every) {
            let middle = side * (class as f64 + 0.5);
            let name = class.to_string();
            canvas.text(&name, (LEFT - 8.0, TOP + middle), Anchor::Right, 15, TEXT)?;
            canvas.text(&name, (LEFT + middle, TOP - 11.0), Anchor::Middle, 15, TEXT)?;
        }
        canvas.text("true", (LEFT - 8.0, TOP - 11.0), Anchor::Right, 13, FAINT)?;
        let above = LEFT + side * self.counts.len() as f64 / 2.0;
        canvas.text("predicted", (above, TOP - 31.0), Anchor::Middle, 13, FAINT)
    }
}

impl Figure for Matrix<'_> {
    fn size(&self) -> (u32, u32) {
        let length = self.side() * self.counts.len() as f64;
        ((LEFT + length + 16.0) as u32, (TOP + length + 16.0) as u32)
    }

    fn draw<B: DrawingBackend>(&self, canvas: &Canvas<B>) -> Result<(), FigureError> {
        let middle = f64::from(self.size().0) / 2.0;
        canvas.text(&self.title, (middle, 20.0), Anchor::Middle, 18, TEXT)?;
        self.draw_classes(canvas)?;
        for row in 0..self.counts.len() {
            for column in 0..self.counts.len() {
                self.draw_cell(canvas, (row, column))?;
            }
        }
        Ok(())
    }
}
