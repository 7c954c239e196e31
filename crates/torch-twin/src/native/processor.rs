//! What the processor makes libtorch's libraries do.

use super::bindings::{twin_cpu_vendor, twin_mkl_auto_branch, twin_mkl_chosen_branch};

/// The vendor's twelve letters, such as `GenuineIntel`; only x86-64 has them.
pub fn cpu_vendor() -> Option<String> {
    let mut letters = [0; 12];
    // SAFETY: The function writes twelve bytes at most.
    let is_known = unsafe { twin_cpu_vendor(letters.as_mut_ptr()) };
    is_known.then(|| String::from_utf8_lossy(&letters).into_owned())
}

/// MKL's number of the branch that `MKL_CBWR` chose, and of the one that it takes by itself; 0 without MKL.
pub fn mkl_branches() -> (i32, i32) {
    (twin_mkl_chosen_branch(), twin_mkl_auto_branch())
}
