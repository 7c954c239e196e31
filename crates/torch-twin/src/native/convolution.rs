//! Convolution by kernels of our own where they give libtorch's bits, and else by libtorch's.

use super::bindings::{twin_avg_pool2d, twin_conv2d, twin_max_pool2d};
use super::outcome::outcome;
use crate::TorchError;
use std::ffi::c_char;
use std::ptr;
use tch::Tensor;
use torch_sys::C_tensor;

/// `F.conv2d(input, weight, bias)`.
pub fn conv2d(
    input: &Tensor,
    weight: &Tensor,
    bias: Option<&Tensor>,
) -> Result<Tensor, TorchError> {
    let bias = bias.map_or(ptr::null(), |bias| bias.as_ptr());
    let mut output = ptr::null_mut();
    // SAFETY: The tensors live during the call; after a success, `output` is a new tensor that
    // nobody else has.
    unsafe {
        outcome(twin_conv2d(
            input.as_ptr(),
            weight.as_ptr(),
            bias,
            &mut output,
        ))?;
        Ok(Tensor::from_ptr(output))
    }
}

#[cfg(all(test, target_arch = "x86_64"))]
mod tests {
    use tch::{Device, Kind};
    use torch_sys::C_tensor;

    use super::*;

    unsafe extern "C" {
        fn twin_conv2d_is_own(input: *const C_tensor, weight: *const C_tensor) -> bool;
    }

    /// Where libtorch takes its kernels for AVX-512; those for less sum up in another order.
    #[test]
    fn few_channels_are_convolved_by_kernels_of_our_own() {
        let is_limited = std::env::var_os("ONEDNN_MAX_CPU_ISA").is_some();
        if is_limited || !std::is_x86_feature_detected!("avx512bw") {
            return;
        }
        for threads in [1, 2] {
            tch::set_num_threads(threads);
            for [batch, in_channels, out_channels, side] in [[64, 1, 6, 32], [64, 6, 16, 14]] {
                let zeros = |shape: [i64; 4]| Tensor::zeros(shape, (Kind::Float, Device::Cpu));
                let input = zeros([batch, in_channels, side, side]);
                let weight = zeros([out_channels, in_channels, 5, 5]);
                // SAFETY: Both tensors live during the call.
                let is_own = unsafe { twin_conv2d_is_own(input.as_ptr(), weight.as_ptr()) };
                assert!(is_own, "{input:?} by {weight:?} on {threads} threads");
            }
        }
    }
}

type Pool = unsafe extern "C" fn(*const C_tensor, i64, i64, *mut *mut C_tensor) -> *mut c_char;

/// `F.avg_pool2d(input, size, stride)`.
pub fn avg_pool2d(input: &Tensor, size: i64, stride: i64) -> Result<Tensor, TorchError> {
    // SAFETY: It is one of torch_twin.cpp's.
    unsafe { pool(twin_avg_pool2d, input, size, stride) }
}

/// `F.max_pool2d(input, size, stride)`.
pub fn max_pool2d(input: &Tensor, size: i64, stride: i64) -> Result<Tensor, TorchError> {
    // SAFETY: As in `avg_pool2d`.
    unsafe { pool(twin_max_pool2d, input, size, stride) }
}

/// # Safety
/// `pool` is one of the pooling functions of `torch_twin.cpp`.
unsafe fn pool(pool: Pool, input: &Tensor, size: i64, stride: i64) -> Result<Tensor, TorchError> {
    let mut output = ptr::null_mut();
    // SAFETY: The input lives during the call; after a success, `output` is a new tensor that
    // nobody else has.
    unsafe {
        outcome(pool(input.as_ptr(), size, stride, &mut output))?;
        Ok(Tensor::from_ptr(output))
    }
}
