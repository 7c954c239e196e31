//! Activations without arguments.

use tch::Tensor;

use crate::TorchError;
use crate::nn::deep_copy::deep_copy_by_clone;
use crate::nn::{Forward, ForwardPass, Module};

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

            impl Module for $Name {

                deep_copy_by_clone!();

            }
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
