//! Lets the program find libtorch at run time, where it links it.

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    if std::env::var_os("CARGO_FEATURE_TORCHSCRIPT").is_some() {
        torch_twin_build::link();
    }
}
