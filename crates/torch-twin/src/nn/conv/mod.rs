//! Convolutions: `Conv1d`, `Conv2d`, `ConvTranspose2d`.

mod builder;
pub(super) mod channels;
mod convolution;
mod transposed;

pub use builder::{ConvBuilder, ConvOptions};
pub use convolution::{Conv, Conv1d, Conv2d};
pub use transposed::{ConvTranspose, ConvTranspose2d};
