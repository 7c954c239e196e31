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
mod layers;
mod random;
mod trunc_normal;

pub use constant::{constant_, dirac_, eye_, ones_, zeros_};
pub use fan::{
    FanMode, Nonlinearity, calculate_gain, fan_in, fan_in_and_fan_out, kaiming_normal_,
    kaiming_uniform_, xavier_normal_, xavier_uniform_,
};
pub(super) use layers::{default_bias, default_bias_of, default_weight};
pub use layers::{kaiming_uniform, uniform};
pub use random::{normal_, orthogonal_, sparse_, uniform_};
pub use trunc_normal::trunc_normal_;
