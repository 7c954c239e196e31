//! Where tensors are computed: `torch.device`, and why a GPU is not there.

mod choice;
pub mod cuda;

pub use choice::{DeviceChoice, DeviceError, UnknownDevice, name, resolve};
