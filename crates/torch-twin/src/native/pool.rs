//! Pooling by operators of our own where they give libtorch's bits, and else by libtorch's.

use std::ffi::c_char;
use std::ptr;

use tch::Tensor;
use torch_sys::C_tensor;

use super::bindings::{twin_avg_pool2d, twin_max_pool2d};
use super::outcome::outcome;
use crate::TorchError;

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
