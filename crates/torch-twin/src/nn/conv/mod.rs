//! Convolutions: `Conv1d`, `Conv2d`, `ConvTranspose2d`.

mod builder;
pub(super) mod channels;
mod conv1d;
mod conv2d;
mod conv_transpose2d;

pub use builder::{Conv1dBuilder, Conv2dBuilder, ConvBuilder, ConvOptions, ConvTranspose2dBuilder};
pub use conv_transpose2d::ConvTranspose2d;
pub use conv1d::Conv1d;
pub use conv2d::Conv2d;
