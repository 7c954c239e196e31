use std::ops::Range;

use plotters::prelude::DrawingBackend;

use super::canvas::{Anchor, Canvas, Place};
use super::kind::{FAINT, GRID, SERIES, TEXT};
use super::scale::Tick;
use super::{Chart, FigureError, Point, Series};

/// The space around the field of the points.
const LEFT: f64 = 68.0;
const TOP: f64 = 50.0;
const RIGHT: f64 = 12.0;
const BOTTOM: f64 = 62.0;

/// A chart laid out: its axes hold all its points.
pub(super) struct Plot<'a> {
    chart: &'a Chart,
    /// Pixels of the field, from left to right and from top to bottom.
    across: Range<f64>,
    down: Range<f64>,
    /// What stands at the field's edges: epochs, and positions on the scale.
    epochs: Range<f64>,
    positions: Range<f64>,
}

impl<'a> Plot<'a> {
    pub fn new(chart: &'a Chart, left: f64, (width, height): (u32, u32)) -> Self {
        let points = || chart.series.iter().flat_map(|series| &series.points);
        let ends = points().flat_map(|point| [point.low, point.high]);
        let positions = ends.map(|value| chart.scale.position(value));
        let last = points().map(|point| point.epoch).max().unwrap_or(1);
        let margin = 0.02 * f64::from(last) + 0.1;
        Self {
            chart,
            across: left + LEFT..left + f64::from(width) - RIGHT,
            down: TOP..f64::from(height) - BOTTOM,
            epochs: 1.0 - margin..f64::from(last) + margin,
            positions: with_margin(positions),
        }
    }

    /// The pixel of a point.
    pub fn place(&self, epoch: u32, value: f64) -> Place {
        let x = share(&self.epochs, f64::from(epoch));
        (
            along(&self.across, x),
            self.height_of(self.chart.scale.position(value)),
        )
    }

    fn height_of(&self, position: f64) -> f64 {
        along(&self.down, 1.0 - share(&self.positions, position))
    }

    /// Whether a pixel is in the field.
    #[cfg(test)]
    pub fn holds(&self, (x, y): Place) -> bool {
        self.across.contains(&x) && self.down.contains(&y)
    }

    pub fn draw<B: DrawingBackend>(&self, canvas: &Canvas<B>) -> Result<(), FigureError> {
        let middle = f64::midpoint(self.across.start, self.across.end);
        canvas.text(&self.chart.title, (middle, 24.0), Anchor::Middle, 19, TEXT)?;
        self.draw_axes(canvas)?;
        for series in &self.chart.series {
            self.draw_series(canvas, series)?;
        }
        Ok(())
    }

    fn draw_axes<B: DrawingBackend>(&self, canvas: &Canvas<B>) -> Result<(), FigureError> {
        let Range {
            start: left,
            end: right,
        } = self.across;
        let Range {
            start: top,
            end: bottom,
        } = self.down;
        let Range { start, end } = self.positions;
        for Tick { position, label } in self.chart.scale.ticks(start, end) {
            let y = self.height_of(position);
            canvas.line(&[(left, y), (right, y)], 1, GRID)?;
            canvas.text(&label, (left - 8.0, y), Anchor::Right, 14, TEXT)?;
        }
        for epoch in epoch_ticks(self.epochs.end as u32) {
            let x = along(&self.across, share(&self.epochs, f64::from(epoch)));
            canvas.line(&[(x, bottom), (x, bottom + 4.0)], 1, FAINT)?;
            let below = (x, bottom + 15.0);
            canvas.text(&epoch.to_string(), below, Anchor::Middle, 14, TEXT)?;
        }
        canvas.line(&[(left, top), (left, bottom), (right, bottom)], 1, FAINT)?;
        let below = (f64::midpoint(left, right), bottom + 36.0);
        canvas.text("epoch", below, Anchor::Middle, 15, TEXT)
    }

    fn draw_series<B: DrawingBackend>(
        &self,
        canvas: &Canvas<B>,
        series: &Series,
    ) -> Result<(), FigureError> {
        let colour = SERIES[series.colour % SERIES.len()];
        let places = |value: fn(&Point) -> f64| -> Vec<Place> {
            let points = series.points.iter();
            points
                .map(|point| self.place(point.epoch, value(point)))
                .collect()
        };
        if series.points.iter().any(|point| point.low < point.high) {
            let mut band = places(|point| point.low);
            band.extend(places(|point| point.high).into_iter().rev());
            canvas.veil(&band, colour)?;
        }
        let line = places(|point| point.value);
        canvas.line(&line, 2, colour)?;
        // Dots side by side would hide the line.
        let radius = match line.len() {
            1 => 5,
            2..=12 => 3,
            _ => 2,
        };
        for place in line {
            canvas.dot(place, radius, colour)?;
        }
        Ok(())
    }
}

/// From the least to the greatest position, and a little to each side.
fn with_margin(positions: impl Iterator<Item = f64>) -> Range<f64> {
    let (low, high) = positions.fold(
        (f64::INFINITY, f64::NEG_INFINITY),
        |(low, high), position| (low.min(position), high.max(position)),
    );
    let (low, high) = if low <= high {
        (low, high)
    } else {
        (-1.0, 0.0)
    };
    let margin = (0.05 * (high - low)).max(0.02);
    low - margin..high + margin
}

/// Whole epochs up to `last`, at most ten of them.
fn epoch_ticks(last: u32) -> impl Iterator<Item = u32> {
    let steps =
        (0..).flat_map(|power| [1, 2, 5].map(|factor| factor * 10_u32.saturating_pow(power)));
    let mut steps = steps.skip_while(move |step| last / step > 10);
    let step = steps.next().unwrap_or(last.max(1));
    (1..=last / step).map(move |multiple| multiple * step)
}

/// How far along `range` a number is, from 0 to 1.
fn share(range: &Range<f64>, number: f64) -> f64 {
    (number - range.start) / (range.end - range.start)
}

fn along(range: &Range<f64>, share: f64) -> f64 {
    range.start + share * (range.end - range.start)
}
