//! Test processes end without taking libtorch down, which is a third of what a short one takes.

#![allow(unsafe_code)]

#[cfg(target_os = "linux")]
#[used]
#[unsafe(link_section = ".init_array")]
static BEFORE_MAIN: extern "C" fn() = {
    extern "C" fn before_main() {
        torch_twin::libtorch::skip_teardown();
    }
    before_main
};
