use std::ffi::{CStr, c_char};
use std::ptr;

use tch::Tensor;
use torch_sys::C_tensor;

use super::bindings::twin_free;
use crate::TorchError;

/// What a function of `torch_twin.cpp` returned: a failure's text, or null.
///
/// # Safety
/// `failure` is null, or came from there and is used nowhere else.
pub unsafe fn outcome(failure: *mut c_char) -> Result<(), TorchError> {
    if failure.is_null() {
        return Ok(());
    }
    // SAFETY: The caller's promise.
    Err(TorchError::of_libtorch(&unsafe { take_text(failure) }))
}

/// The tensor that `compute` makes.
///
/// # Safety
/// Where it succeeds, `compute` writes a new tensor through the pointer that nobody else has.
pub unsafe fn output_of(
    compute: impl FnOnce(*mut *mut C_tensor) -> *mut c_char,
) -> Result<Tensor, TorchError> {
    let mut output = ptr::null_mut();
    // SAFETY: The caller's promise.
    unsafe {
        outcome(compute(&mut output))?;
        Ok(Tensor::from_ptr(output))
    }
}

/// Copies a text out of `torch_twin.cpp`, and frees it.
///
/// # Safety
/// `text` came from there, is not null, and is used nowhere else.
pub unsafe fn take_text(text: *mut c_char) -> String {
    // SAFETY: `strdup` made it, so it ends with a zero, and `free` may have it back.
    unsafe {
        let copy = CStr::from_ptr(text).to_string_lossy().into_owned();
        twin_free(text);
        copy
    }
}
