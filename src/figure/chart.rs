use plotters::prelude::DrawingBackend;

use super::canvas::{Anchor, Canvas};
use super::kind::{FAINT, SERIES, TEXT};
use super::plot::Plot;
use super::{Figure, FigureError, Scale};

/// Width and height of one chart, and of the legend beside them all.
const CHART: (u32, u32) = (460, 400);
const LEGEND: u32 = 150;
const NOTE: u32 = 28;

/// Charts side by side, with one legend for all.
pub struct Charts {
    /// The charts, from left to right.
    pub charts: Vec<Chart>,
    /// A line below them that says how they are to be read.
    pub note: String,
}

/// A chart of one figure by epoch.
pub struct Chart {
    /// What stands above it.
    pub title: String,
    /// The vertical axis.
    pub scale: Scale,
    /// What it shows.
    pub series: Vec<Series>,
}

/// One line of a chart; where it has one point, a dot.
pub struct Series {
    /// What it is called in the legend.
    pub name: String,
    /// The place of its colour in the list; series of one name have one colour.
    pub colour: usize,
    /// Its points, epoch after epoch.
    pub points: Vec<Point>,
}

/// An epoch's value, in a band from the lowest to the highest of the values that it stands for.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Point {
    /// The epoch's number, from 1.
    pub epoch: u32,
    /// The value that the line goes through.
    pub value: f64,
    /// The band's lower end.
    pub low: f64,
    /// The band's upper end.
    pub high: f64,
}

impl Series {
    /// A line without a band. What is not finite has no place in a chart, and the name says so.
    pub fn line(name: &str, colour: usize, values: impl IntoIterator<Item = (u32, f64)>) -> Self {
        let points = values.into_iter().map(|(epoch, value)| Point {
            epoch,
            value,
            low: value,
            high: value,
        });
        Self::band(name, colour, points)
    }

    /// A line in its band; see [`Series::line`].
    pub fn band(name: &str, colour: usize, points: impl IntoIterator<Item = Point>) -> Self {
        let is_finite = |point: &Point| {
            let values = [point.value, point.low, point.high];
            values.iter().all(|value| value.is_finite())
        };
        let (points, left_out): (Vec<_>, Vec<_>) = points.into_iter().partition(is_finite);
        let name = match left_out.first() {
            None => name.to_owned(),
            Some(point) => format!("{name} (∞ from {})", point.epoch),
        };
        Self {
            name,
            colour,
            points,
        }
    }
}

impl Charts {
    fn width_of_charts(&self) -> u32 {
        CHART.0 * self.charts.len() as u32
    }

    /// The names in all charts, each once, with their colours.
    fn legend(&self) -> Vec<(&str, usize)> {
        let mut names: Vec<(&str, usize)> = Vec::new();
        for series in self.charts.iter().flat_map(|chart| &chart.series) {
            if !names.iter().any(|(name, _)| *name == series.name) {
                names.push((&series.name, series.colour));
            }
        }
        names
    }

    fn draw_legend<B: DrawingBackend>(&self, canvas: &Canvas<B>) -> Result<(), FigureError> {
        let left = f64::from(self.width_of_charts()) + 10.0;
        for ((name, colour), row) in self.legend().into_iter().zip(0_u32..) {
            let y = 60.0 + 24.0 * f64::from(row);
            let colour = SERIES[colour % SERIES.len()];
            canvas.line(&[(left, y), (left + 24.0, y)], 3, colour)?;
            canvas.dot((left + 12.0, y), 4, colour)?;
            canvas.text(name, (left + 32.0, y), Anchor::Left, 15, TEXT)?;
        }
        Ok(())
    }
}

impl Figure for Charts {
    fn size(&self) -> (u32, u32) {
        (self.width_of_charts() + LEGEND, CHART.1 + NOTE)
    }

    fn draw<B: DrawingBackend>(&self, canvas: &Canvas<B>) -> Result<(), FigureError> {
        for (chart, column) in self.charts.iter().zip(0_u32..) {
            Plot::new(chart, f64::from(column * CHART.0), CHART).draw(canvas)?;
        }
        self.draw_legend(canvas)?;
        let below = (20.0, f64::from(CHART.1) + 8.0);
        canvas.text(&self.note, below, Anchor::Left, 14, FAINT)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn charts(values: &[f64]) -> Charts {
        let values = (1..).zip(values.iter().copied());
        Charts {
            charts: vec![Chart {
                title: "Test loss".to_owned(),
                scale: Scale::Logarithmic,
                series: vec![Series::line("classic", 0, values)],
            }],
            note: String::new(),
        }
    }

    #[test]
    fn a_chart_names_its_axes_and_its_series_and_is_an_image_of_its_size() {
        let charts = charts(&[0.5, 0.2, 0.1]);
        let text = charts.svg().unwrap();
        for words in ["Test loss", "epoch", "classic", "0.5", "0.1"] {
            assert!(text.contains(words), "{words}");
        }
        let image = image::load_from_memory(&charts.png().unwrap()).unwrap();
        assert_eq!((image.width(), image.height()), charts.size());
    }

    #[test]
    fn what_is_not_finite_is_said_and_the_rest_is_drawn() {
        for values in [&[0.5, f64::NAN][..], &[f64::INFINITY], &[]] {
            let charts = charts(values);
            let is_said = charts.svg().unwrap().contains("∞ from");
            assert_eq!(is_said, !values.is_empty(), "{values:?}");
        }
    }

    #[test]
    fn every_point_is_inside_the_axes() {
        let charts = charts(&[900.0, 0.2, 1e-9, 0.0, 7.0]);
        let plot = Plot::new(&charts.charts[0], 0.0, CHART);
        let series = &charts.charts[0].series[0];
        for point in &series.points {
            let (x, y) = plot.place(point.epoch, point.value);
            assert!(plot.holds((x, y)), "{point:?} at {x}, {y}");
        }
    }
}
