//! Initial values, as `torch.nn.init`: with its names, arguments, arithmetic and draws.
//!
//! ```
//! use tch::{Tensor, kind::FLOAT_CPU};
//! use torch_twin::Generator;
//! use torch_twin::nn::init::{self, FanMode, Nonlinearity};
//!
//! let mut generator = Generator::manual_seed(0);
//! let mut weight = Tensor::zeros([16, 6, 5, 5], FLOAT_CPU);
//! // nn.init.kaiming_normal_(weight, mode="fan_out", nonlinearity="relu")
//! init::kaiming_normal_(&mut weight, FanMode::FanOut, Nonlinearity::Relu, &mut generator)?;
//! # Ok::<(), torch_twin::TorchError>(())
//! ```

mod constant;
mod fan;
mod gain;
mod kaiming;
mod layers;
mod orthogonal;
mod random;
mod sparse;
mod trunc_normal;
mod xavier;

pub use constant::{constant_, dirac_, eye_, ones_, zeros_};
pub use fan::{FanMode, fan_in, fan_in_and_fan_out};
pub use gain::{Nonlinearity, calculate_gain};
pub use kaiming::{kaiming_normal_, kaiming_uniform_};
pub(super) use layers::{default_bias, default_bias_of, default_weight};
pub use layers::{kaiming_uniform, uniform};
pub use orthogonal::orthogonal_;
pub use random::{normal_, uniform_};
pub use sparse::sparse_;
pub use trunc_normal::trunc_normal_;
pub use xavier::{xavier_normal_, xavier_uniform_};
