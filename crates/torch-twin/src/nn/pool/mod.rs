//! Pooling: `AvgPool2d`, `MaxPool2d`, `AdaptiveAvgPool2d`.

mod avg_pool2d;
mod max_pool2d;

pub use avg_pool2d::{AdaptiveAvgPool2d, AvgPool2d, AvgPool2dBuilder};
pub use max_pool2d::{MaxPool2d, MaxPool2dBuilder};
