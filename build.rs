//! Lets the binary find libtorch at run time, from any working directory, and tells the program
//! which versions it was built with.

use std::fs;
use std::path::{Path, PathBuf};

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    println!("cargo:rerun-if-changed=Cargo.toml");
    // torch-sys (`links = "tch"`) names the directory that it linked against. Cargo hands it
    // only to direct dependents, which is why Cargo.toml lists torch-sys.
    let directory = std::env::var("DEP_TCH_LIBTORCH_LIB")
        .expect("torch-sys did not say where libtorch is: run `make`, or set LIBTORCH");
    let directory = Path::new(&directory)
        .canonicalize()
        .unwrap_or_else(|error| panic!("{directory}: {error}: run `make`, or set LIBTORCH"));
    let libraries = directory.display();
    println!("cargo:rustc-env=LENET5_LIBTORCH_LIB={libraries}");
    if std::env::var("CARGO_CFG_TARGET_FAMILY").as_deref() == Ok("unix") {
        // One argument each: `-Wl,` would split a path at its commas.
        for argument in ["-Xlinker", "-rpath", "-Xlinker"] {
            println!("cargo:rustc-link-arg={argument}");
        }
        println!("cargo:rustc-link-arg={libraries}");
    }
    let torch = torch_version(&directory).unwrap_or_else(|| "unknown".to_owned());
    println!("cargo:rustc-env=LENET5_TORCH_VERSION={torch}");
    println!("cargo:rustc-env=LENET5_TCH_VERSION={}", tch_version());
}

/// The version that a downloaded libtorch names in `build-version`, PyTorch in `version.py`.
fn torch_version(libraries: &Path) -> Option<String> {
    let root = libraries.parent()?;
    let read = |path: PathBuf| {
        let text = fs::read_to_string(&path).ok()?;
        println!("cargo:rerun-if-changed={}", path.display());
        Some(text)
    };
    if let Some(version) = read(root.join("build-version")) {
        return Some(version.trim().to_owned());
    }
    let module = read(root.join("version.py"))?;
    let version = module
        .lines()
        .find_map(|line| line.strip_prefix("__version__ = '"))?;
    Some(version.trim_end_matches('\'').to_owned())
}

/// The one version of tch that Cargo.toml allows.
fn tch_version() -> String {
    let manifest = fs::read_to_string("Cargo.toml").expect("Cargo.toml is readable");
    let version = manifest
        .lines()
        .find_map(|line| line.strip_prefix("tch = \"="))
        .and_then(|rest| rest.strip_suffix('"'));
    version
        .expect("Cargo.toml pins tch by `tch = \"=VERSION\"`")
        .to_owned()
}
