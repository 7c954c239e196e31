//! Compiles the C++ in `cpp`, and hands on where libtorch is: to this crate's own programs, to
//! `torch_twin_build` in those who depend on it, and to `libtorch.rs`.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};

const SOURCES: [&str; 6] = [
    "activation",
    "convolution",
    "convolution_kernels",
    "memory",
    "pooling",
    "torch_twin",
];

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    println!("cargo:rerun-if-changed=Cargo.toml");
    println!("cargo:rerun-if-changed=cpp");
    // torch-sys (`links = "tch"`) names the directory that it linked against. Cargo hands it
    // only to direct dependents, which is why Cargo.toml lists torch-sys.
    let directory = env::var("DEP_TCH_LIBTORCH_LIB")
        .expect("torch-sys did not say where libtorch is: set LIBTORCH");
    let directory = Path::new(&directory)
        .canonicalize()
        .unwrap_or_else(|error| panic!("{directory}: {error}: set LIBTORCH"));
    compile(&directory);
    println!("cargo:libtorch_lib={}", directory.display());
    torch_twin_build::add_rpath(&directory);
    lend_to_cargo(&directory);

    let torch = torch_version(&directory).unwrap_or_else(|| "unknown".to_owned());
    println!(
        "cargo:rustc-env=TORCH_TWIN_LIBTORCH_LIB={}",
        directory.display()
    );
    println!("cargo:rustc-env=TORCH_TWIN_TORCH_VERSION={torch}");
    println!("cargo:rustc-env=TORCH_TWIN_TCH_VERSION={}", tch_version());
}

/// Compiles what tch does not bind, against the headers and the ABI that torch-sys takes.
fn compile(directory: &Path) {
    for name in ["LIBTORCH_INCLUDE", "LIBTORCH_CXX11_ABI"] {
        println!("cargo:rerun-if-env-changed={name}");
    }
    let around = directory.parent().map(Path::to_owned).unwrap_or_default();
    let include = env::var_os("LIBTORCH_INCLUDE").map_or(around, PathBuf::from);
    let abi = env::var("LIBTORCH_CXX11_ABI").unwrap_or_else(|_| "1".to_owned());
    cc::Build::new()
        .cpp(true)
        .std("c++20")
        .warnings(false)
        // The time of a step is spent in it, even of a program that is being debugged.
        .opt_level(3)
        // Fused, a multiplication and an addition round otherwise than libtorch's.
        .flag_if_supported("-ffp-contract=off")
        .include(include.join("include"))
        .define("_GLIBCXX_USE_CXX11_ABI", abi.as_str())
        .files(SOURCES.map(|name| format!("cpp/{name}.cpp")))
        .compile("torch_twin");
}

/// Makes `cargo run`, `cargo test` and doctests find libtorch, here and in dependents.
///
/// Cargo puts a search path into the environment of what it runs only if it lies in the target
/// folder; a link there leads on to libtorch.
fn lend_to_cargo(directory: &Path) {
    #[cfg(unix)]
    {
        let out = env::var_os("OUT_DIR").expect("cargo names OUT_DIR");
        let link = Path::new(&out).join("libtorch");
        let _ = fs::remove_file(&link);
        std::os::unix::fs::symlink(directory, &link)
            .unwrap_or_else(|error| panic!("{}: {error}", link.display()));
        println!("cargo:rustc-link-search=native={}", link.display());
    }
}

/// The version that a downloaded libtorch names in `build-version`, PyTorch in `version.py`.
fn torch_version(directory: &Path) -> Option<String> {
    let root = directory.parent()?;
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
