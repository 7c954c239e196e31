//! LeNet-5 in Rust on libtorch, bit for bit the network, the training and the results of PyTorch.
//!
//! What any port from PyTorch needs is in the crate [`torch_twin`]. The modules here are floors;
//! each knows only those before it:
//!
//! - [`data`]: MNIST and its kin, from IDX files to batches of 32×32 images and their augmentation.
//! - [`picture`]: pictures of digits, as people draw and photograph them, brought to MNIST's form.
//! - [`model`]: the networks, a file a variant.
//! - [`onnx`]: the networks as ONNX models, a file a variant.
//! - [`variant`]: the networks by name, with the recipes that train them and the files they are in.
//! - [`figure`]: charts, confusion matrices and rows of images, as SVG and PNG.
//! - [`anatomy`]: what is inside a network, as images: kernels, and the maps made of a digit.
//! - [`train`]: the training loop, its checkpoints, and the folder of a run.
//! - [`report`]: a run's curves, confusion matrix and mistakes as pictures and as a page.
//! - [`experiment`]: the variants compared, as table and plot.
//! - [`page`]: the networks as pages for the browser.
//! - [`parity`]: comparison by bits with the PyTorch reference.

pub mod anatomy;
pub mod data;
pub mod experiment;
pub mod figure;
pub mod model;
pub mod onnx;
pub mod page;
pub mod parity;
pub mod picture;
pub mod report;
pub mod train;
pub mod variant;

#[cfg(test)]
#[path = "../crates/torch-twin/tests/common/skip_teardown.rs"]
mod skip_teardown;
