#![doc = include_str!("../README.md")]

mod autocast;
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
pub mod prelude;
mod processor;
mod random_tensors;
mod tensors;
pub mod threads;
pub mod trace;
pub mod weights;

pub use autocast::autocast;
pub use error::{Result, TorchError};
pub use generator::{Generator, GeneratorStateError};
pub use native::is_grad_enabled;
pub use processor::Processor;
pub(crate) use tensors::form;
pub use tensors::{Tensors, sha256, tensor_bytes, to_array, to_tensor};
pub use torch_twin_trace::{Array, ArrayError, Dtype, atomic_file, printable};

/// What the macros refer to.
#[doc(hidden)]
pub mod __private {
    pub use crate::nn::deep_copy::{DeepCopy, Field, OfAny, OfClone, OfTensors};
    pub use tch::Tensor;
    pub use torch_twin_macros::module;

    /// Calls `part` as a function that the compiler takes by itself.
    #[inline(never)]
    pub fn apart<R>(part: impl FnOnce() -> R) -> R {
        part()
    }
}
