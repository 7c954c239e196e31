//! What is inside a network, as images: its kernels, and the maps that it makes of a digit.

mod kernels;
mod maps;
mod plate;
mod sheet;

pub use kernels::kernels;
pub use maps::{Look, look};
pub use plate::{Image, Plate};
pub use sheet::sheet;
