//! Functions without parameters, as `torch.nn.functional`, that take more in tch than in Python,
//! or less time and memory here than in tch.

mod interpolate;

use tch::{Reduction, Tensor};

use super::ConvOptions;
use super::conv::channels;
use crate::{TorchError, native};

pub use crate::native::{
    add, add_, addcdiv, addcdiv_, addcmul, addcmul_, addmm, celu, celu_, clone, elu, elu_,
    hardshrink, hardtanh, hardtanh_, leaky_relu, leaky_relu_, softplus, softshrink, sub, sub_,
    vector_norm,
};
pub use interpolate::{InterpolateMode, OutputSize, PadMode, interpolate, pad};

/// PyTorch's default `ignore_index`; no label has it.
const IGNORE_INDEX: i64 = -100;

/// `F.cross_entropy(logits, labels)`: the mean over N×classes `logits` and N int64 `labels`.
///
/// # Errors
/// What libtorch refuses, a label that is no class above all.
pub fn cross_entropy(logits: &Tensor, labels: &Tensor) -> Result<Tensor, TorchError> {
    let (no_weight, mean) = (None::<&Tensor>, Reduction::Mean);
    Ok(logits.f_cross_entropy_loss(labels, no_weight, mean, IGNORE_INDEX, 0.0)?)
}

/// `F.nll_loss(log_probabilities, labels)`: the mean over N×classes `log_probabilities` and N int64
/// `labels`.
///
/// # Errors
/// What libtorch refuses, a label that is no class above all.
pub fn nll_loss(log_probabilities: &Tensor, labels: &Tensor) -> Result<Tensor, TorchError> {
    let (no_weight, mean) = (None::<&Tensor>, Reduction::Mean);
    Ok(log_probabilities.f_nll_loss(labels, no_weight, mean, IGNORE_INDEX)?)
}

/// `F.conv2d(input, weight, bias, stride, padding, dilation, groups)`.
///
/// # Errors
/// What libtorch refuses, channels that do not fit above all.
pub fn conv2d(
    input: &Tensor,
    weight: &Tensor,
    bias: Option<&Tensor>,
    options: ConvOptions<2>,
) -> Result<Tensor, TorchError> {
    let computed = match options == ConvOptions::default() {
        true => native::conv2d(input, weight, bias),
        false => input
            .f_conv2d(
                weight,
                bias,
                options.stride,
                options.padding,
                options.dilation,
                options.groups,
            )
            .map_err(TorchError::from),
    };
    computed.map_err(|error| {
        channels::explain(
            error,
            input,
            2,
            channels::in_channels(weight, options.groups),
        )
    })
}

/// `F.avg_pool2d(input, kernel_size, stride)`.
///
/// # Errors
/// What libtorch refuses, an input smaller than the window above all.
pub fn avg_pool2d(input: &Tensor, kernel_size: i64, stride: i64) -> Result<Tensor, TorchError> {
    native::avg_pool2d(input, kernel_size, stride)
}

/// `F.max_pool2d(input, kernel_size, stride)`.
///
/// # Errors
/// What libtorch refuses, an input smaller than the window above all.
pub fn max_pool2d(input: &Tensor, kernel_size: i64, stride: i64) -> Result<Tensor, TorchError> {
    native::max_pool2d(input, kernel_size, stride)
}

/// `torch.tanh(x)`. The result takes the memory of `x` where nobody else sees it.
///
/// # Errors
/// What libtorch refuses, too little memory above all.
pub fn tanh(mut x: Tensor) -> Result<Tensor, TorchError> {
    Ok(match native::may_overwrite(&x) {
        true => x.f_tanh_()?,
        false => x.f_tanh()?,
    })
}

/// `F.relu(x)`. The result takes the memory of `x` where nobody else sees it.
///
/// # Errors
/// What libtorch refuses, too little memory above all.
pub fn relu(mut x: Tensor) -> Result<Tensor, TorchError> {
    Ok(match native::may_overwrite(&x) {
        true => x.f_relu_()?,
        false => x.f_relu()?,
    })
}

#[cfg(test)]
mod tests {
    use tch::kind::FLOAT_CPU;

    use super::*;

    type Activation = fn(Tensor) -> Result<Tensor, TorchError>;

    #[test]
    fn an_activation_overwrites_only_what_nobody_else_sees() {
        for activation in [tanh as Activation, relu] {
            let place = |x: Tensor| {
                let memory = x.data_ptr();
                activation(x).unwrap().data_ptr() == memory
            };
            let values = || Tensor::linspace(-1, 1, 8, FLOAT_CPU);
            assert!(place(values()));

            let (kept, seen) = (values(), values());
            assert!(!place(kept.shallow_clone()));
            assert!(!place(seen.view([2, 4])));
            assert!(!place(values().set_requires_grad(true)));
            assert!(!place(Tensor::zeros([1], FLOAT_CPU).expand([8], false)));
            assert_eq!((kept, seen), (values(), values()));
        }
    }

    #[test]
    fn an_activation_is_differentiated_as_libtorchs() {
        for (activation, expected) in [
            (tanh as Activation, Tensor::tanh as fn(&Tensor) -> Tensor),
            (relu, Tensor::relu),
        ] {
            let gradient = |apply: &dyn Fn(Tensor) -> Tensor| {
                let x = Tensor::linspace(-1, 1, 8, FLOAT_CPU).set_requires_grad(true);
                apply(&x * 2).square().sum(tch::Kind::Float).backward();
                x.grad()
            };
            let own = gradient(&|x| activation(x).unwrap());
            assert_eq!(own, gradient(&|x| expected(&x)));
        }
    }
}
