//! One line for the build script of a program on `torch-twin`, so that it finds libtorch.
//!
//! Cargo hands a library's link arguments to nobody who depends on it. So a program that is
//! linked with libtorch starts under `cargo run`, and dies anywhere else with
//! `libtorch_cpu.so: cannot open shared object file`. With `torch-twin` among the dependencies,
//! this crate among the build dependencies, and this `build.rs`, it finds its libtorch from any
//! folder, and CUDA where there is some:
//!
//! ```text
//! fn main() {
//!     torch_twin_build::link();
//! }
//! ```

use std::env;
use std::path::Path;

mod versions;

pub use versions::{locked_above, locked_tch, tch_for, torch_of, torch_version, torches};

/// Lets the programs, tests and examples of the package whose build script this is find libtorch.
///
/// # Panics
/// Where the package does not itself depend on `torch-twin`, which names libtorch's directory.
pub fn link() {
    match env::var("DEP_TORCH_TWIN_LIBTORCH_LIB") {
        Ok(directory) => add_rpath(Path::new(&directory)),
        // With its feature doc-only, torch-twin links nothing.
        Err(_) if env::var_os("DEP_TORCH_TWIN_DOC_ONLY").is_some() => {}
        Err(_) => {
            panic!("torch_twin_build::link() needs torch-twin among the package's own dependencies")
        }
    }
}

/// Lets what is linked in this package look for libraries in `directory` when it runs.
pub fn add_rpath(directory: &Path) {
    if env::var("CARGO_CFG_TARGET_FAMILY").as_deref() != Ok("unix") {
        return;
    }
    // One argument each: `-Wl,` would split a path at its commas.
    for argument in ["-Xlinker", "-rpath", "-Xlinker"] {
        println!("cargo:rustc-link-arg={argument}");
    }
    println!("cargo:rustc-link-arg={}", directory.display());
}
