use std::io::Cursor;

use image::codecs::png::{CompressionType, FilterType, PngEncoder};
use image::imageops;
use image::{ExtendedColorType, ImageEncoder, RgbImage};
use plotters::prelude::{BitMapBackend, DrawingBackend, IntoDrawingArea, SVGBackend};

use super::{Canvas, FigureError};

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
