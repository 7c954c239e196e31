//! Optimisers, as `torch.optim`: the default, single-tensor arithmetic of Python, rounding by
//! rounding.
//!
//! libtorch has optimisers too (`torch::optim`, behind `tch::nn`). Their Adam and AdamW round
//! otherwise, so that results differ in the last bits from the second step on, and tch can neither
//! save nor restore what they keep between steps.
//!
//! ```
//! use tch::{Kind, Tensor, kind::FLOAT_CPU};
//! use torch_twin::optim::{Adam, AdamOptions, Optimizer};
//!
//! let weight = Tensor::ones([3], FLOAT_CPU).set_requires_grad(true);
//! // optimizer = torch.optim.Adam([weight], lr=0.001)
//! let options = AdamOptions { lr: 0.001, ..AdamOptions::default() };
//! let mut optimizer = Adam::new(vec![weight.shallow_clone()], options)?;
//! for _ in 0..3 {
//!     optimizer.zero_grad()?;
//!     let loss = weight.square().sum(Kind::Float);
//!     loss.f_backward()?;
//!     optimizer.step()?;
//! }
//! assert_eq!(optimizer.state_dict()["0.step"].double_value(&[]), 3.0);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod adadelta;
mod adagrad;
mod adam;
mod adamax;
mod adamw;
mod algorithm;
mod arguments;
mod arithmetic;
mod asgd;
mod error;
mod flat_parameter;
mod grouped_optimizer;
mod lbfgs;
pub mod lr_scheduler;
mod nadam;
mod optimizer;
mod parameters;
mod radam;
mod rmsprop;
mod rprop;
mod sgd;
mod state;
pub mod swa_utils;

pub use adadelta::{Adadelta, AdadeltaOptions};
pub use adagrad::{Adagrad, AdagradOptions};
pub use adam::{Adam, AdamOptions};
pub use adamax::{Adamax, AdamaxOptions};
pub use adamw::{AdamW, AdamWOptions};
pub use asgd::{Asgd, AsgdOptions};
pub use error::{GroupCountError, OptimizerError};
pub use grouped_optimizer::GroupedOptimizer;
pub use lbfgs::{Lbfgs, LbfgsOptions, LineSearch};
pub use nadam::{NAdam, NAdamOptions};
pub use optimizer::Optimizer;
pub use radam::{RAdam, RAdamOptions};
pub use rmsprop::{RmsProp, RmsPropOptions};
pub use rprop::{Rprop, RpropOptions};
pub use sgd::{Sgd, SgdOptions};
pub use state::OptimizerStateError;
