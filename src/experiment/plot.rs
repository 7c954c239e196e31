use std::fmt::Display;
use std::io::Cursor;
use std::ops::Range;
use std::sync::Once;

use image::{ImageFormat, RgbImage};
use plotters::coord::Shift;
use plotters::prelude::*;
use plotters::style::{FontStyle, register_font};

use super::{Epoch, ExperimentError, VariantResult};

/// Width and height of the plot in pixels.
const SIZE: (u32, u32) = (1200, 520);

/// Colours that people with any colour vision tell apart (Okabe and Ito), in the variants' order.
const COLOURS: [RGBColor; 6] = [
    RGBColor(0, 114, 178),
    RGBColor(213, 94, 0),
    RGBColor(0, 158, 115),
    RGBColor(204, 121, 167),
    RGBColor(230, 159, 0),
    RGBColor(86, 180, 233),
];

/// Test accuracy and test loss by epoch as an SVG picture: a line a seed, a colour a variant.
///
/// # Errors
/// What the drawing library refuses.
pub fn svg(results: &[VariantResult]) -> Result<String, ExperimentError> {
    let mut text = String::new();
    draw(
        SVGBackend::with_string(&mut text, SIZE).into_drawing_area(),
        results,
    )?;
    Ok(text)
}

/// The picture of [`svg`] as PNG.
///
/// # Errors
/// What the drawing library refuses.
pub fn png(results: &[VariantResult]) -> Result<Vec<u8>, ExperimentError> {
    let (width, height) = SIZE;
    let mut image = RgbImage::new(width, height);
    draw(
        BitMapBackend::with_buffer(&mut image, SIZE).into_drawing_area(),
        results,
    )?;
    let mut file = Cursor::new(Vec::new());
    image.write_to(&mut file, ImageFormat::Png).map_err(fault)?;
    Ok(file.into_inner())
}

fn draw<B: DrawingBackend>(
    area: DrawingArea<B, Shift>,
    results: &[VariantResult],
) -> Result<(), ExperimentError> {
    static FONT: Once = Once::new();
    // The machine need not have any font.
    FONT.call_once(|| {
        let font = epaint_default_fonts::UBUNTU_LIGHT;
        let _ = register_font("sans-serif", FontStyle::Normal, font);
    });
    area.fill(&WHITE).map_err(fault)?;
    let (left, right) = area.split_horizontally(SIZE.0 / 2);
    let accuracy = Chart {
        title: "Test accuracy (%)",
        value: |epoch| epoch.test_accuracy,
        label: |accuracy| format!("{accuracy:.1}"),
        legend: SeriesLabelPosition::LowerRight,
    };
    let loss = Chart {
        title: "Test loss (logarithmic)",
        value: |epoch| epoch.test_loss.log10(),
        label: |logarithm| format!("{:.2}", 10_f64.powf(*logarithm)),
        legend: SeriesLabelPosition::UpperRight,
    };
    accuracy.draw(&left, results)?;
    loss.draw(&right, results)?;
    area.present().map_err(fault)
}

/// A chart of one figure by epoch.
struct Chart {
    title: &'static str,
    value: fn(&Epoch) -> f64,
    /// How a value is written on the axis.
    label: fn(&f64) -> String,
    legend: SeriesLabelPosition,
}

impl Chart {
    fn draw<B: DrawingBackend>(
        self,
        area: &DrawingArea<B, Shift>,
        results: &[VariantResult],
    ) -> Result<(), ExperimentError> {
        let (epochs, values) = ranges(results, self.value);
        let mut chart = ChartBuilder::on(area)
            .caption(self.title, ("sans-serif", 22))
            .margin(15)
            .x_label_area_size(45)
            .y_label_area_size(60)
            .build_cartesian_2d(epochs, values.clone())
            .map_err(fault)?;
        chart
            .configure_mesh()
            .x_desc("epoch")
            .y_label_formatter(&self.label)
            .label_style(("sans-serif", 15))
            .light_line_style(WHITE)
            .draw()
            .map_err(fault)?;
        for (result, colour) in results.iter().zip(COLOURS.iter().cycle()) {
            let style = colour.stroke_width(2);
            for (i, seed) in result.seeds.iter().enumerate() {
                let points = seed
                    .epochs
                    .iter()
                    .map(|epoch| (epoch.epoch, (self.value)(epoch)))
                    .filter(|(_, value)| values.contains(value));
                let line = LineSeries::new(points, style).point_size(2);
                let series = chart.draw_series(line).map_err(fault)?;
                if i == 0 {
                    let sample = move |(x, y)| PathElement::new([(x, y), (x + 20, y)], style);
                    series.label(result.variant).legend(sample);
                }
            }
        }
        chart
            .configure_series_labels()
            .label_font(("sans-serif", 15))
            .background_style(WHITE.mix(0.8))
            .border_style(BLACK.mix(0.3))
            .position(self.legend)
            .draw()
            .map_err(fault)
    }
}

/// The epochs and the values that a chart shows.
///
/// The first epoch is far off the others and would press them into a line; it is left out.
fn ranges(results: &[VariantResult], value: impl Fn(&Epoch) -> f64) -> (Range<u32>, Range<f64>) {
    let epochs = results.iter().flat_map(|result| &result.seeds);
    let epochs = epochs.flat_map(|seed| &seed.epochs);
    let last = epochs.clone().map(|epoch| epoch.epoch).max().unwrap_or(1);
    let shown = epochs
        .filter(|epoch| epoch.epoch > 1 || last == 1)
        .map(value);
    let shown = shown.filter(|value| value.is_finite());
    let (low, high) = shown.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), value| {
        (low.min(value), high.max(value))
    });
    let (low, high) = if low <= high { (low, high) } else { (0.0, 1.0) };
    let margin = 0.05 * (high - low).max(0.01);
    (0..last + 1, low - margin..high + margin)
}

fn fault(error: impl Display) -> ExperimentError {
    ExperimentError::Plot(error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::experiment::SeedResult;
    use crate::variant::VARIANTS;

    fn result(losses: &[f64]) -> VariantResult {
        let classic = VARIANTS[0];
        let mut result = VariantResult::new(classic, classic.tutorial.clone(), 10).unwrap();
        let epochs = (1..).zip(losses).map(|(epoch, &test_loss)| Epoch {
            epoch,
            train_loss: test_loss,
            test_loss,
            test_accuracy: 90.0,
            seconds: 1.0,
        });
        let epochs = epochs.collect();
        result.seeds.push(SeedResult { seed: 1, epochs });
        result
    }

    #[test]
    fn a_plot_names_its_axes_and_its_variants_and_is_an_image_of_its_size() {
        let results = [result(&[0.5, 0.2, 0.1])];
        let text = svg(&results).unwrap();
        for words in ["Test accuracy", "Test loss", "epoch", "classic"] {
            assert!(text.contains(words), "{words}");
        }
        let image = image::load_from_memory(&png(&results).unwrap()).unwrap();
        assert_eq!((image.width(), image.height()), SIZE);
    }

    #[test]
    fn a_run_of_one_epoch_and_one_that_diverged_can_be_drawn() {
        for losses in [&[0.5][..], &[f64::NAN, f64::NAN]] {
            png(&[result(losses)]).unwrap();
        }
    }

    #[test]
    fn the_first_epoch_does_not_stretch_the_chart() {
        let (_, values) = ranges(&[result(&[9.0, 0.2, 0.1])], |epoch| epoch.test_loss);
        assert!(values.end < 1.0);
    }
}
