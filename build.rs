//! Lets the binary find libtorch at run time, from any working directory.

use std::path::Path;

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    // torch-sys (`links = "tch"`) names the directory that it linked against. Cargo hands it
    // only to direct dependents, which is why Cargo.toml lists torch-sys.
    let Ok(directory) = std::env::var("DEP_TCH_LIBTORCH_LIB") else {
        return;
    };
    let directory = Path::new(&directory)
        .canonicalize()
        .unwrap_or_else(|_| directory.clone().into());
    println!(
        "cargo:rustc-env=LENET5_LIBTORCH_LIB={}",
        directory.display()
    );
    if std::env::var("CARGO_CFG_TARGET_FAMILY").as_deref() == Ok("unix") {
        println!("cargo:rustc-link-arg=-Wl,-rpath,{}", directory.display());
    }
}
