//! LeNet-5 as the paper of 1998 has it.
//!
//! LeCun, Bottou, Bengio, Haffner, "Gradient-Based Learning Applied to Document Recognition",
//! Proceedings of the IEEE 86(11).

mod bitmaps;
mod init;
mod network;
mod output;
mod partial_conv;
mod rbf;
mod subsampling;

pub use network::{AMPLITUDE, BACKGROUND, CONTRAST, Paper, SLOPE};
pub use output::Output;
pub use partial_conv::PartialConv2d;
pub use rbf::EuclideanRbf;
pub use subsampling::Subsampling;
