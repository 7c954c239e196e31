//! What is inside a network, as images: its kernels, and the maps that it makes of a digit.

mod maps;
mod plate;

pub use maps::{Look, kernels, look};
pub use plate::{Image, Plate, sheet};
