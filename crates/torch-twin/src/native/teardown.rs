//! The end of the process.

#[cfg(all(target_os = "linux", target_env = "gnu"))]
use std::ffi::{c_int, c_void};

/// Has the process, when it exits, end without running what was registered before this call.
pub fn skip_teardown() {
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    {
        // SAFETY: `on_exit` takes a function of this type, and `end` may be called at any time. Where no memory is left
        // to register it, the process ends as any other.
        unsafe { on_exit(end, std::ptr::null_mut()) };
    }
}

#[cfg(all(target_os = "linux", target_env = "gnu"))]
unsafe extern "C" {
    fn on_exit(function: extern "C" fn(c_int, *mut c_void), argument: *mut c_void) -> c_int;
    fn fflush(stream: *mut c_void) -> c_int;
    safe fn _exit(status: c_int) -> !;
}

#[cfg(all(target_os = "linux", target_env = "gnu"))]
extern "C" fn end(status: c_int, _argument: *mut c_void) {
    // SAFETY: Null stands for all streams.
    unsafe { fflush(std::ptr::null_mut()) };
    _exit(status)
}

/// The unit tests are short programs, too.
#[cfg(all(test, target_os = "linux"))]
#[used]
#[unsafe(link_section = ".init_array")]
static BEFORE_MAIN: extern "C" fn() = {
    extern "C" fn before_main() {
        skip_teardown();
    }
    before_main
};
