#![doc = include_str!("../README.md")]

pub mod atomic_file;
pub mod backends;
pub mod compare;
pub mod data;
pub mod device;
pub mod diff;
mod error;
mod generator;
pub mod libtorch;
mod native;
pub mod nn;
pub mod optim;
mod printable;
mod processor;
mod tensors;
pub mod threads;
pub mod trace;
pub mod weights;

pub use error::TorchError;
pub use generator::{Generator, GeneratorStateError};
pub use printable::printable;
pub use processor::Processor;
pub(crate) use tensors::form;
pub use tensors::{Tensors, sha256, tensor_bytes};
