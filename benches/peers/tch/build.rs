//! Lets the program find libtorch at run time, from any working directory.

use std::env;
use std::path::Path;

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    let directory = env::var("DEP_TCH_LIBTORCH_LIB")
        .expect("torch-sys did not say where libtorch is: set LIBTORCH");
    torch_twin_build::add_rpath(Path::new(&directory));
}
