//! Activations as layers, as in a `torch.nn.Sequential`; elsewhere tch's functions are as good.

use tch::Tensor;

use super::{Forward, ForwardPass, Module};
use crate::{TorchError, native};

/// Declares layers without arguments, each with its function.
macro_rules! activations {
    ($($(#[$attribute:meta])* $Name:ident = $function:ident),* $(,)?) => {
        $(
            $(#[$attribute])*
            #[derive(Clone, Copy, Debug)]
            pub struct $Name;

            impl Forward for $Name {
                /// Any shape to the same.
                fn forward(
                    &self,
                    input: &Tensor,
                    _pass: &mut ForwardPass<'_>,
                ) -> Result<Tensor, TorchError> {
                    Ok(input.$function()?)
                }
            }

            impl Module for $Name {}
        )*
    };
}

activations! {
    /// `torch.nn.ReLU()`.
    Relu = f_relu,
    /// `torch.nn.ReLU6()`.
    Relu6 = f_relu6,
    /// `torch.nn.SELU()`.
    Selu = f_selu,
    /// `torch.nn.SiLU()`.
    Silu = f_silu,
    /// `torch.nn.Mish()`.
    Mish = f_mish,
    /// `torch.nn.Hardswish()`.
    Hardswish = f_hardswish,
    /// `torch.nn.Hardsigmoid()`.
    Hardsigmoid = f_hardsigmoid,
    /// `torch.nn.Sigmoid()`.
    Sigmoid = f_sigmoid,
    /// `torch.nn.LogSigmoid()`.
    LogSigmoid = f_log_sigmoid,
    /// `torch.nn.Tanh()`.
    Tanh = f_tanh,
}

/// `torch.nn.GELU(approximate="none")`.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum Gelu {
    /// `approximate="none"`: by the error function.
    Exact,
    /// `approximate="tanh"`.
    Tanh,
}

/// `torch.nn.LeakyReLU(negative_slope=0.01)`.
#[derive(Clone, Copy, Debug)]
pub struct LeakyRelu {
    /// By what a negative value is multiplied.
    pub negative_slope: f64,
}

/// `torch.nn.ELU(alpha=1.0)`.
#[derive(Clone, Copy, Debug)]
pub struct Elu {
    /// The negative of the value towards which negative values go.
    pub alpha: f64,
}

/// `torch.nn.Hardtanh(min_val=-1.0, max_val=1.0)`.
#[derive(Clone, Copy, Debug)]
pub struct Hardtanh {
    /// The least value.
    pub min_val: f64,
    /// The largest value.
    pub max_val: f64,
}

/// `torch.nn.Softplus(beta=1.0, threshold=20.0)`.
#[derive(Clone, Copy, Debug)]
pub struct Softplus {
    /// How sharp the bend is.
    pub beta: f64,
    /// From where on `beta · x` is taken as it is.
    pub threshold: f64,
}

/// `torch.nn.Softmax(dim)`.
#[derive(Clone, Copy, Debug)]
pub struct Softmax {
    /// The side along which the values add up to 1.
    pub dim: i64,
}

/// `torch.nn.LogSoftmax(dim)`.
#[derive(Clone, Copy, Debug)]
pub struct LogSoftmax {
    /// The side along which the exponentials add up to 1.
    pub dim: i64,
}

impl Default for LeakyRelu {
    fn default() -> Self {
        Self {
            negative_slope: 0.01,
        }
    }
}

impl Default for Elu {
    fn default() -> Self {
        Self { alpha: 1.0 }
    }
}

impl Default for Hardtanh {
    fn default() -> Self {
        Self {
            min_val: -1.0,
            max_val: 1.0,
        }
    }
}

impl Default for Softplus {
    fn default() -> Self {
        Self {
            beta: 1.0,
            threshold: 20.0,
        }
    }
}

impl Forward for Gelu {
    /// Any shape to the same.
    fn forward(&self, input: &Tensor, _pass: &mut ForwardPass<'_>) -> Result<Tensor, TorchError> {
        let approximate = match self {
            Self::Exact => "none",
            Self::Tanh => "tanh",
        };
        Ok(input.f_gelu(approximate)?)
    }
}

impl Forward for LeakyRelu {
    /// Any shape to the same.
    fn forward(&self, input: &Tensor, _pass: &mut ForwardPass<'_>) -> Result<Tensor, TorchError> {
        native::leaky_relu(input, self.negative_slope)
    }
}

impl Forward for Elu {
    /// Any shape to the same.
    fn forward(&self, input: &Tensor, _pass: &mut ForwardPass<'_>) -> Result<Tensor, TorchError> {
        native::elu(input, self.alpha)
    }
}

impl Forward for Hardtanh {
    /// Any shape to the same.
    fn forward(&self, input: &Tensor, _pass: &mut ForwardPass<'_>) -> Result<Tensor, TorchError> {
        if self.max_val <= self.min_val {
            return Err(TorchError::new("max_val must be larger than min_val"));
        }
        native::hardtanh(input, self.min_val, self.max_val)
    }
}

impl Forward for Softplus {
    /// Any shape to the same.
    fn forward(&self, input: &Tensor, _pass: &mut ForwardPass<'_>) -> Result<Tensor, TorchError> {
        native::softplus(input, self.beta, self.threshold)
    }
}

impl Forward for Softmax {
    /// Any shape to the same.
    fn forward(&self, input: &Tensor, _pass: &mut ForwardPass<'_>) -> Result<Tensor, TorchError> {
        Ok(input.f_softmax(self.dim, None)?)
    }
}

impl Forward for LogSoftmax {
    /// Any shape to the same.
    fn forward(&self, input: &Tensor, _pass: &mut ForwardPass<'_>) -> Result<Tensor, TorchError> {
        Ok(input.f_log_softmax(self.dim, None)?)
    }
}

impl Module for Gelu {}
impl Module for LeakyRelu {}
impl Module for Elu {}
impl Module for Hardtanh {}
impl Module for Softplus {}
impl Module for Softmax {}
impl Module for LogSoftmax {}
