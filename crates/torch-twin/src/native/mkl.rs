//! One `tanh` of one value before `main`, which keeps a data race in MKL from changing bits.
//!
//! MKL detects the processor in the first call of its vector mathematics. A second thread in such a call at that
//! moment may take a less accurate kernel; `docs/mkl-race.md` of the repository has the analysis.
//!
//! A program's first call of libtorch may be one of tch, of which this crate knows nothing. So the loader makes
//! the call, in every program that this crate is linked to, after libtorch's own initializers and before any
//! thread of the program exists.

use super::bindings::twin_detect_processor;

#[used]
#[cfg_attr(
    not(any(windows, target_vendor = "apple")),
    unsafe(link_section = ".init_array")
)]
#[cfg_attr(
    target_vendor = "apple",
    unsafe(link_section = "__DATA,__mod_init_func")
)]
#[cfg_attr(windows, unsafe(link_section = ".CRT$XCU"))]
static BEFORE_MAIN: extern "C" fn() = twin_detect_processor;
