//! LeNet-5 in Rust on libtorch, bit for bit the network, the training and the results of PyTorch.
//!
//! The modules are floors; each knows only those before it:
//!
//! - [`nn`]: what Python's torch adds to libtorch and a port has to add again: the generator,
//!   initial values, modules, optimisers, the `DataLoader`'s order.
//! - [`data`]: MNIST and its kin, from IDX files to batches of 32×32 images and their augmentation.
//! - [`picture`]: pictures of digits, as people draw and photograph them, brought to MNIST's form.
//! - [`model`]: the networks, a file a variant.
//! - [`weights`]: files that hold a `state_dict`.
//! - [`train`]: the training loop and the evaluation.
//! - [`experiment`]: the variants compared, as table and plot.
//! - [`parity`]: comparison by bits with the PyTorch reference.
//!
//! Beside them, [`device`] finds CPU and CUDA, [`libtorch`] says which libtorch this is, and
//! [`TorchError`] is what every libtorch failure becomes.

mod atomic_file;
pub mod data;
pub mod device;
mod error;
pub mod experiment;
pub mod libtorch;
pub mod model;
pub mod nn;
pub mod parity;
pub mod picture;
pub mod train;
pub mod weights;

pub use error::TorchError;
