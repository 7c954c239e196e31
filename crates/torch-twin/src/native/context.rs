//! The switches of `at::globalContext()`, which hold for the whole process.

use std::ptr;

use super::bindings::{
    twin_cpu_capability, twin_cudnn_allow_tf32, twin_cudnn_benchmark, twin_cudnn_deterministic,
    twin_deterministic, twin_deterministic_warn_only, twin_matmul_allow_tf32,
    twin_set_cudnn_allow_tf32, twin_set_cudnn_benchmark, twin_set_cudnn_deterministic,
    twin_set_deterministic, twin_set_matmul_allow_tf32,
};
use super::outcome::{outcome, take_text};
use crate::TorchError;

/// `torch.backends.cpu.get_cpu_capability()`: which of its CPU kernels libtorch runs.
///
/// # Errors
/// Too little memory.
pub fn cpu_capability() -> Result<String, TorchError> {
    let mut capability = ptr::null_mut();
    // SAFETY: After a success, `capability` is a text of torch_twin.cpp's.
    unsafe {
        outcome(twin_cpu_capability(&mut capability))?;
        Ok(take_text(capability))
    }
}

/// `torch.use_deterministic_algorithms(mode, warn_only=warn_only)`: where an operation has a kernel
/// that gives equal bits from run to run, take it; where it has none, fail, or else warn.
pub fn use_deterministic_algorithms(mode: bool, warn_only: bool) {
    twin_set_deterministic(mode, warn_only);
}

/// `torch.are_deterministic_algorithms_enabled()`.
pub fn are_deterministic_algorithms_enabled() -> bool {
    twin_deterministic()
}

/// `torch.is_deterministic_algorithms_warn_only_enabled()`.
pub fn is_deterministic_algorithms_warn_only_enabled() -> bool {
    twin_deterministic_warn_only()
}

/// `torch.backends.cudnn.deterministic`.
pub fn cudnn_deterministic() -> bool {
    twin_cudnn_deterministic()
}

/// `torch.backends.cudnn.deterministic = on`.
pub fn set_cudnn_deterministic(on: bool) {
    twin_set_cudnn_deterministic(on);
}

/// `torch.backends.cudnn.benchmark`.
pub fn cudnn_benchmark() -> bool {
    twin_cudnn_benchmark()
}

/// `torch.backends.cudnn.benchmark = on`.
pub fn set_cudnn_benchmark(on: bool) {
    twin_set_cudnn_benchmark(on);
}

/// `torch.backends.cudnn.allow_tf32`.
///
/// # Errors
/// What libtorch refuses.
pub fn cudnn_allow_tf32() -> Result<bool, TorchError> {
    let mut on = false;
    // SAFETY: The function writes its answer through the pointer, and keeps nothing.
    unsafe { outcome(twin_cudnn_allow_tf32(&mut on))? };
    Ok(on)
}

/// `torch.backends.cudnn.allow_tf32 = on`.
///
/// # Errors
/// What libtorch refuses.
pub fn set_cudnn_allow_tf32(on: bool) -> Result<(), TorchError> {
    // SAFETY: The text is the function's own.
    unsafe { outcome(twin_set_cudnn_allow_tf32(on)) }
}

/// `torch.backends.cuda.matmul.allow_tf32`.
///
/// # Errors
/// What libtorch refuses.
pub fn matmul_allow_tf32() -> Result<bool, TorchError> {
    let mut on = false;
    // SAFETY: The function writes its answer through the pointer, and keeps nothing.
    unsafe { outcome(twin_matmul_allow_tf32(&mut on))? };
    Ok(on)
}

/// `torch.backends.cuda.matmul.allow_tf32 = on`.
///
/// # Errors
/// What libtorch refuses.
pub fn set_matmul_allow_tf32(on: bool) -> Result<(), TorchError> {
    // SAFETY: The text is the function's own.
    unsafe { outcome(twin_set_matmul_allow_tf32(on)) }
}

/// Keeps the memory of freed tensors on the CPU for the next ones, as PyTorch does on a GPU, which makes
/// training steps faster.
///
/// This holds for tensors of up to 32 MiB. The process holds at most 32 MiB more for them than they took
/// at once, and does not give it back.
pub fn use_caching_allocator() {
    super::bindings::twin_use_caching_allocator();
}
