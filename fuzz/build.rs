//! Lets the binary find libtorch at run time, from any working directory.

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    torch_twin_build::link();
}
