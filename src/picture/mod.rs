//! Pictures of digits, as people draw and photograph them, brought to MNIST's form.
//!
//! MNIST's authors scaled each digit into a box of 20×20 pixels, keeping its proportions, where
//! the scaling left grey levels at the edges of the ink, and moved the centre of the ink's mass
//! to the centre of a field of 28×28 (<http://yann.lecun.com/exdb/mnist/>). [`read`] does the same
//! with any picture, after it has told the ink from the paper.
//!
//! ```
//! use lenet5::picture::{self, Invert};
//!
//! let digits = picture::read("tests/pictures/0-photo.jpg".as_ref(), Invert::Auto)?;
//! let images = digits[0].to_tensor()?; // as the images of a data set
//! assert_eq!(images.size(), [1, 28, 28]);
//! # Ok::<(), lenet5::picture::PictureError>(())
//! ```

mod bounds;
mod constants;
mod decode;
mod digit;
mod error;
mod hollow;
mod ink;
mod lines;
mod mnist_form;
mod normalize;
mod paper;
mod pieces;
mod polarity;
mod quadrilateral;
mod read;
mod segment;
mod slant;
mod split;
mod stroke;
mod working_copy;

pub use bounds::Bounds;
pub use constants::{MAX_DIGITS, SIDE};
pub use decode::is_picture;
pub use digit::Digit;
pub use error::{MAX_BYTES, MAX_PIXELS, PictureError};
pub use ink::Invert;
pub use read::{read, read_bytes};
