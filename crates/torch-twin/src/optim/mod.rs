//! Optimisers, as `torch.optim`: the default, single-tensor arithmetic of Python, rounding by
//! rounding.
//!
//! libtorch has optimisers too (`torch::optim`, behind `tch::nn`). Their Adam and AdamW round
//! otherwise, so that results differ in the last bits from the second step on, and tch can neither
//! save nor restore what they keep between steps.
//!
//! ```
//! use tch::{Kind, Tensor, kind::FLOAT_CPU};
//! use torch_twin::optim::{Adam, Optimizer};
//!
//! let weight = Tensor::ones([3], FLOAT_CPU).set_requires_grad(true);
//! // optimizer = torch.optim.Adam([weight], lr=0.001)
//! let mut optimizer = Adam::new(vec![weight.shallow_clone()], 0.001, 0.0);
//! for _ in 0..3 {
//!     optimizer.zero_grad()?;
//!     let loss = weight.square().sum(Kind::Float);
//!     loss.f_backward()?;
//!     optimizer.step()?;
//! }
//! assert_eq!(optimizer.state_dict()["0.step"].double_value(&[]), 3.0);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod adam;
mod adamw;
mod arithmetic;
mod flat_parameter;
pub mod lr_scheduler;
mod optimizer;
mod parameters;
mod sgd;
mod state;

pub use adam::Adam;
pub use adamw::AdamW;
pub use optimizer::Optimizer;
pub use sgd::Sgd;
pub use state::OptimizerStateError;
