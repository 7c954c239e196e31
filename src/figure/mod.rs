//! Figures as SVG and PNG: charts of values by epoch, confusion matrices, and images side by side.
//!
//! ```
//! use lenet5::figure::{Chart, Charts, Figure, Scale, Series};
//!
//! let loss = Chart {
//!     title: "Loss".to_owned(),
//!     scale: Scale::Logarithmic,
//!     series: vec![Series::line("training", 0, [(1, 0.31), (2, 0.09), (3, 0.06)])],
//! };
//! let figure = Charts { charts: vec![loss], note: "of one run".to_owned() };
//! assert!(figure.svg()?.starts_with("<svg"));
//! # Ok::<(), lenet5::figure::FigureError>(())
//! ```

mod canvas;
mod chart;
mod kind;
mod matrix;
mod plot;
mod scale;
mod tiles;

pub use canvas::Canvas;
pub use chart::{Chart, Charts, Point, Series};
pub use kind::{Figure, FigureError};
pub use matrix::Matrix;
pub use scale::Scale;
pub use tiles::{Pixels, Sheet, Tile, Tiles};
