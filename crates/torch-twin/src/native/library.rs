#[cfg(all(target_os = "linux", target_env = "gnu"))]
use std::ffi::{c_int, c_void};
use std::path::Path;

#[cfg(unix)]
use libloading::os::unix;

/// Loads a library of libtorch, or one that libtorch needs, for the rest of the process's life.
pub fn load_library(library: &Path) -> Result<(), libloading::Error> {
    // SAFETY: Loading runs the library's initialisers, which is unsound only if they are. The
    // callers name the driver and the rest of the libtorch that is already trusted, made to be
    // loaded this way (PyTorch does), and they are never unloaded.
    #[cfg(unix)]
    let loaded = unsafe { unix::Library::open(Some(library), unix::RTLD_NOW | unix::RTLD_GLOBAL)? };
    // SAFETY: As above.
    #[cfg(not(unix))]
    let loaded = unsafe { libloading::Library::new(library)? };
    std::mem::forget(loaded);
    Ok(())
}

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
