use std::sync::Once;

use plotters::coord::Shift;
use plotters::prelude::{
    Circle, Color, DrawingArea, DrawingBackend, PathElement, Polygon, Rectangle, Text, TextStyle,
};
use plotters::style::text_anchor::{HPos, Pos, VPos};
use plotters::style::{FontStyle, RGBColor, register_font};

use super::FigureError;
use super::kind::PAPER;

/// The family by which the font in the program is known to the drawing library.
const FONT: &str = "sans-serif";

/// A place in a figure, in pixels from its upper left corner.
pub type Place = (f64, f64);

/// What figures are drawn on.
pub struct Canvas<B: DrawingBackend> {
    area: DrawingArea<B, Shift>,
    /// Pixels of the drawing library for one of the figure.
    zoom: i32,
}

/// Where a text is from its place; vertically its middle is there.
#[derive(Clone, Copy)]
pub enum Anchor {
    Left,
    Middle,
    Right,
}

impl<B: DrawingBackend> Canvas<B> {
    pub(super) fn new(area: DrawingArea<B, Shift>, zoom: i32) -> Result<Self, FigureError> {
        static FONT_IS_KNOWN: Once = Once::new();
        // The machine need not have any font.
        FONT_IS_KNOWN.call_once(|| {
            let font = epaint_default_fonts::UBUNTU_LIGHT;
            let _ = register_font(FONT, FontStyle::Normal, font);
        });
        area.fill(&PAPER).map_err(FigureError::new)?;
        Ok(Self { area, zoom })
    }

    pub(super) fn finish(&self) -> Result<(), FigureError> {
        self.area.present().map_err(FigureError::new)
    }

    fn at(&self, (x, y): Place) -> (i32, i32) {
        let zoomed = |position: f64| (position * f64::from(self.zoom)).round() as i32;
        (zoomed(x), zoomed(y))
    }

    fn width(&self, width: u32) -> u32 {
        width * self.zoom as u32
    }

    pub(super) fn rectangle(
        &self,
        corner: Place,
        (width, height): (f64, f64),
        colour: RGBColor,
    ) -> Result<(), FigureError> {
        let (left, top) = self.at(corner);
        let (right, bottom) = self.at((corner.0 + width, corner.1 + height));
        let rectangle = Rectangle::new([(left, top), (right, bottom)], colour.filled());
        self.area.draw(&rectangle).map_err(FigureError::new)
    }

    pub(super) fn line(
        &self,
        places: &[Place],
        width: u32,
        colour: RGBColor,
    ) -> Result<(), FigureError> {
        let places: Vec<_> = places.iter().map(|&place| self.at(place)).collect();
        let line = PathElement::new(places, colour.stroke_width(self.width(width)));
        self.area.draw(&line).map_err(FigureError::new)
    }

    /// A surface through which what is below it is seen.
    pub(super) fn veil(&self, corners: &[Place], colour: RGBColor) -> Result<(), FigureError> {
        let corners: Vec<_> = corners.iter().map(|&place| self.at(place)).collect();
        let polygon = Polygon::new(corners, colour.mix(0.2).filled());
        self.area.draw(&polygon).map_err(FigureError::new)
    }

    pub(super) fn dot(
        &self,
        place: Place,
        radius: u32,
        colour: RGBColor,
    ) -> Result<(), FigureError> {
        let dot = Circle::new(self.at(place), self.width(radius), colour.filled());
        self.area.draw(&dot).map_err(FigureError::new)
    }

    pub(super) fn text(
        &self,
        text: &str,
        (x, y): Place,
        anchor: Anchor,
        size: u32,
        colour: RGBColor,
    ) -> Result<(), FigureError> {
        let horizontal = match anchor {
            Anchor::Left => HPos::Left,
            Anchor::Middle => HPos::Center,
            Anchor::Right => HPos::Right,
        };
        let font = (FONT, f64::from(self.width(size)));
        let style = TextStyle::from(font).color(&colour);
        let style = style.pos(Pos::new(horizontal, VPos::Center));
        // Most letters reach less far below the line than above it.
        let place = self.at((x, y + 0.1 * f64::from(size)));
        let text = Text::new(text.to_owned(), place, style);
        self.area.draw(&text).map_err(FigureError::new)
    }
}
