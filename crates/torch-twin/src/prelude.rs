//! What most programs need: `use torch_twin::prelude::*;`.
//!
//! ```
//! use torch_twin::prelude::*;
//!
//! module! {
//!     struct Net(generator: &mut Generator) {
//!         fc: Linear = Linear::new(4, 2, generator)?,
//!     }
//! }
//!
//! impl Forward for Net {
//!     fn forward(&self, x: &Tensor, pass: &mut ForwardPass<'_>) -> Result<Tensor> {
//!         self.fc.forward(x, pass)
//!     }
//! }
//!
//! let net = Net::new(&mut Generator::manual_seed(0))?;
//! let mut optimizer = Sgd::new(net.parameters(), SgdOptions { lr: 0.1, ..SgdOptions::default() })?;
//! let output = net.forward(&Tensor::ones([1, 4], (Kind::Float, Device::Cpu)), &mut ForwardPass::train())?;
//! output.sum(Kind::Float).f_backward()?;
//! optimizer.step()?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

pub use tch::{Device, Kind, Tensor, no_grad, no_grad_guard, set_num_threads, with_grad};

pub use crate::data::*;
pub use crate::nn::*;
pub use crate::optim::lr_scheduler::*;
pub use crate::optim::*;
pub use crate::trace::Recorder;
pub use crate::{
    Generator, Result, TorchError, autocast, backends, device, is_grad_enabled, weights,
};
