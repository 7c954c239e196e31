//! What Python's torch adds to libtorch, for those who port from PyTorch.
//!
//! libtorch (C++) and `torch` (Python) share their kernels, but a network trained through one
//! does not come out like a network trained through the other. Four things that Python does
//! above libtorch decide it, and here they are, to the bit:
//!
//! | in Python | here |
//! | --- | --- |
//! | `torch.Generator` on the CPU, with its state | [`Generator`] |
//! | `torch.nn.init` and the modules' `reset_parameters` | [`init`], [`Conv2d`], [`Linear`], [`BatchNorm2d`] |
//! | the order of `DataLoader(shuffle=True)` | [`data_loader`] |
//! | `torch.optim` and its `lr_scheduler` | [`optim`] |
//!
//! ```no_run
//! use lenet5::nn::{Generator, Linear, Module};
//! use tch::{Tensor, kind::FLOAT_CPU};
//!
//! // torch.manual_seed(0); layer = torch.nn.Linear(120, 84); layer(torch.ones(1, 120))
//! let mut generator = Generator::manual_seed(0);
//! let layer = Linear::new(120, 84, &mut generator)?;
//! let output = layer.forward(&Tensor::ones([1, 120], FLOAT_CPU))?;
//! # Ok::<(), lenet5::TorchError>(())
//! ```

mod batch_norm;
mod conv;
pub mod data_loader;
mod generator;
pub mod init;
mod linear;
pub mod optim;
mod pool;
mod state_dict;
mod window;

pub use batch_norm::BatchNorm2d;
pub use conv::Conv2d;
pub use generator::{Generator, GeneratorStateError};
pub use linear::Linear;
pub use pool::{AvgPool2d, MaxPool2d};
pub use state_dict::{Entry, StateDict, tensor_bytes};
pub use window::Window;

use tch::Tensor;

use crate::TorchError;

/// A layer, as `torch.nn.Module`.
pub trait Module {
    /// The layer's output for `input`, in `eval` mode.
    ///
    /// # Errors
    /// What libtorch refuses, a wrong shape above all.
    fn forward(&self, input: &Tensor) -> Result<Tensor, TorchError>;

    /// The layer's output for `input`, as in `train` or else in `eval` mode.
    ///
    /// # Errors
    /// What libtorch refuses, a wrong shape above all.
    fn forward_t(&self, input: &Tensor, _train: bool) -> Result<Tensor, TorchError> {
        self.forward(input)
    }

    /// The trained tensors with their names in the layer, in PyTorch's order.
    fn parameters(&self) -> Vec<(&'static str, &Tensor)> {
        Vec::new()
    }

    /// The other tensors that belong to the layer, as `named_buffers()`.
    fn buffers(&self) -> Vec<(&'static str, &Tensor)> {
        Vec::new()
    }

    /// The tensors that never change, as those of `register_buffer(…, persistent=False)`.
    fn constants(&self) -> Vec<&Tensor> {
        Vec::new()
    }

    /// What the layer does, in a few words, such as "6 kernels 5×5, stride 1".
    fn describe(&self) -> String;

    /// The window that slides over the input, if one does.
    fn window(&self) -> Option<Window> {
        None
    }

    /// Multiplications by a trained value, each with its addition, that an output of the size
    /// `output`, without the batch, takes.
    fn multiply_adds(&self, _output: &[i64]) -> i64 {
        0
    }
}
