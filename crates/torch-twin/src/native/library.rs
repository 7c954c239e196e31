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
