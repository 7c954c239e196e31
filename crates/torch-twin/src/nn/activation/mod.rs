//! Activations as layers, as in a `torch.nn.Sequential`; elsewhere tch's functions are as good.

mod elu;
mod gelu;
mod hardtanh;
mod leaky_relu;
mod plain;
mod softmax;
mod softplus;

pub use elu::{Elu, EluBuilder};
pub use gelu::{Approximate, Gelu, GeluBuilder};
pub use hardtanh::{Hardtanh, HardtanhBuilder};
pub use leaky_relu::{LeakyRelu, LeakyReluBuilder};
pub use plain::{Hardsigmoid, Hardswish, LogSigmoid, Mish, Relu, Relu6, Selu, Sigmoid, Silu, Tanh};
pub use softmax::{LogSoftmax, Softmax};
pub use softplus::{Softplus, SoftplusBuilder};
