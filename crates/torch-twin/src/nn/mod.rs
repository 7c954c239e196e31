//! Modules, as `torch.nn`.
//!
//! ```
//! use tch::{Tensor, kind::FLOAT_CPU};
//! use torch_twin::Generator;
//! use torch_twin::nn::{Forward, ForwardPass, Linear};
//!
//! // torch.manual_seed(0); layer = nn.Linear(120, 84); output = layer(torch.ones(1, 120))
//! let mut generator = Generator::manual_seed(0);
//! let layer = Linear::new(120, 84, &mut generator)?;
//! let output = layer.forward(&Tensor::ones([1, 120], FLOAT_CPU), &mut ForwardPass::eval())?;
//! assert_eq!(output.size(), [1, 84]);
//! # Ok::<(), torch_twin::TorchError>(())
//! ```

mod batch_norm;
mod child;
mod conv;
mod forward;
pub mod functional;
pub mod init;
mod linear;
mod module;
mod module_macro;
mod pool;
mod sequential;
mod state_dict;
pub mod utils;

pub use batch_norm::BatchNorm2d;
pub use child::Child;
pub use conv::{Conv2d, Conv2dBuilder};
pub use forward::{Forward, ForwardHook, ForwardPass};
pub use linear::Linear;
pub use module::Module;
pub use pool::{AvgPool2d, MaxPool2d};
pub use sequential::{Layer, Sequential};
pub use state_dict::{Entry, StateDict};

pub use crate::module;
