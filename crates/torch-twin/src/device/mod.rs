//! Where tensors are computed: `torch.device`, and why a GPU is not there.

mod choice;
pub mod cuda;
mod resolve;

pub use choice::{DeviceChoice, UnknownDevice};
pub use resolve::{DeviceError, name, resolve};
