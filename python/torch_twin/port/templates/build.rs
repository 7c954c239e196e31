//! Lets the programs find libtorch at run time.

fn main() {
    torch_twin_build::link();
}
