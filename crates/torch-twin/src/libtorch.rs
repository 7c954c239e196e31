//! The libtorch that this program runs on: its versions and its place.

use std::path::PathBuf;

use crate::native;

/// The version of libtorch that this program was built with, such as `2.13.0+cu130`, or
/// `unknown` where that libtorch names none.
pub const TORCH_VERSION: &str = env!("TORCH_TWIN_TORCH_VERSION");

/// The version of the crate `tch`.
pub const TCH_VERSION: &str = env!("TORCH_TWIN_TCH_VERSION");

/// The directory of the libtorch in use: where this process loaded `libtorch_cpu` from.
///
/// Only Linux tells; elsewhere it is the directory that the program was linked against.
pub fn directory() -> PathBuf {
    let linked = || PathBuf::from(env!("TORCH_TWIN_LIBTORCH_LIB"));
    loaded_from("libtorch_cpu.so").unwrap_or_else(linked)
}

/// Lets the process exit without the destructors of libtorch, which take a third of the time of a short program.
///
/// Call it first in `main`: what was registered to run at the exit before the call does not run. Elsewhere than on Linux
/// with glibc it does nothing.
pub fn skip_teardown() {
    native::skip_teardown();
}

/// The directory of a library in this process's memory map.
fn loaded_from(library: &str) -> Option<PathBuf> {
    // A line is `address permissions offset device inode   path`, and the path may hold spaces.
    let maps = std::fs::read("/proc/self/maps").ok()?;
    let maps = String::from_utf8_lossy(&maps);
    maps.lines()
        .filter_map(|line| line.find('/').map(|start| PathBuf::from(&line[start..])))
        .find(|path| path.file_name().is_some_and(|name| name == library))
        .and_then(|path| path.parent().map(PathBuf::from))
}
