use super::Canvas;
use image::codecs::png::{CompressionType, FilterType, PngEncoder};
use image::{ExtendedColorType, ImageEncoder, RgbImage, imageops};
use plotters::prelude::{BitMapBackend, DrawingBackend, IntoDrawingArea, SVGBackend};
use plotters::style::RGBColor;
use std::fmt::Display;
use std::io::Cursor;
use thiserror::Error;

/// How much larger a picture is drawn than it is kept, so that its lines are smooth.
const OVERSAMPLING: u32 = 2;

/// What can be drawn.
pub trait Figure {
    /// Width and height in pixels.
    fn size(&self) -> (u32, u32);

    /// Draws it on `canvas`, which has its size and is white.
    ///
    /// # Errors
    /// What the drawing library refuses.
    fn draw<B: DrawingBackend>(&self, canvas: &Canvas<B>) -> Result<(), FigureError>;

    /// The figure as SVG.
    ///
    /// # Errors
    /// What the drawing library refuses.
    fn svg(&self) -> Result<String, FigureError> {
        let mut text = String::new();
        let area = SVGBackend::with_string(&mut text, self.size()).into_drawing_area();
        let canvas = Canvas::new(area, 1)?;
        self.draw(&canvas)?;
        canvas.finish()?;
        drop(canvas);
        Ok(text)
    }

    /// The figure as PNG.
    ///
    /// # Errors
    /// What the drawing library refuses.
    fn png(&self) -> Result<Vec<u8>, FigureError> {
        let (width, height) = self.size();
        let large = (width * OVERSAMPLING, height * OVERSAMPLING);
        let mut image = RgbImage::new(large.0, large.1);
        let area = BitMapBackend::with_buffer(&mut image, large).into_drawing_area();
        let canvas = Canvas::new(area, OVERSAMPLING as i32)?;
        self.draw(&canvas)?;
        canvas.finish()?;
        drop(canvas);
        let image = imageops::thumbnail(&image, width, height);
        let mut file = Cursor::new(Vec::new());
        let encoder =
            PngEncoder::new_with_quality(&mut file, CompressionType::Default, FilterType::Adaptive);
        let written = encoder.write_image(image.as_raw(), width, height, ExtendedColorType::Rgb8);
        written.map_err(FigureError::new)?;
        Ok(file.into_inner())
    }
}

/// Colours that people with any colour vision tell apart (Okabe and Ito).
pub const SERIES: [RGBColor; 6] = [
    RGBColor(0, 114, 178),
    RGBColor(213, 94, 0),
    RGBColor(0, 158, 115),
    RGBColor(204, 121, 167),
    RGBColor(230, 159, 0),
    RGBColor(86, 180, 233),
];

pub const PAPER: RGBColor = RGBColor(255, 255, 255);
pub const TEXT: RGBColor = RGBColor(40, 40, 40);
pub const FAINT: RGBColor = RGBColor(110, 110, 110);
pub const GRID: RGBColor = RGBColor(226, 226, 226);

/// Between two colours: the first at 0, the second at 1.
pub fn mixed(from: RGBColor, to: RGBColor, share: f64) -> RGBColor {
    let mix = |from: u8, to: u8| {
        let (from, to) = (f64::from(from), f64::from(to));
        (from + share.clamp(0.0, 1.0) * (to - from)).round() as u8
    };
    RGBColor(mix(from.0, to.0), mix(from.1, to.1), mix(from.2, to.2))
}

/// Why a figure cannot be drawn: what the drawing library said.
#[derive(Debug, Error)]
#[error("the figure cannot be drawn: {0}")]
pub struct FigureError(String);

impl FigureError {
    pub(super) fn new(fault: impl Display) -> Self {
        Self(fault.to_string())
    }
}
