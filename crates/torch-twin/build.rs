//! Compiles the C++ in `cpp`, and hands on where libtorch is: to this crate's own programs, to
//! `torch_twin_build` in those who depend on it, and to `libtorch.rs`.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};

/// The sources of `cpp`, in units that are compiled at the same time. A unit reads libtorch's headers once: to read
/// them takes longer than to compile the rest.
const UNITS: [&[&str]; 2] = [
    &[
        "convolution",
        "convolution_kernels",
        "processor",
        "torch_twin",
    ],
    &["activation", "arithmetic", "memory", "mkl", "pooling"],
];

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    println!("cargo:rerun-if-changed=Cargo.toml");
    println!("cargo:rerun-if-changed=cpp");
    if env::var_os("CARGO_FEATURE_DOC_ONLY").is_some() {
        // Nothing is linked or run, so there need not be a libtorch.
        for name in ["LIBTORCH_LIB", "TORCH_VERSION", "TCH_VERSION"] {
            println!("cargo:rustc-env=TORCH_TWIN_{name}=unknown");
        }
        println!("cargo:doc_only=1");
        return;
    }
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

    let (torch, tch) = versions(&directory);
    println!(
        "cargo:rustc-env=TORCH_TWIN_LIBTORCH_LIB={}",
        directory.display()
    );
    println!("cargo:rustc-env=TORCH_TWIN_TORCH_VERSION={torch}");
    println!("cargo:rustc-env=TORCH_TWIN_TCH_VERSION={tch}");
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
        .include("cpp")
        .define("_GLIBCXX_USE_CXX11_ABI", abi.as_str())
        .files(units())
        .compile("torch_twin");
}

/// Writes the files that include the sources of each unit.
fn units() -> Vec<PathBuf> {
    let out = PathBuf::from(env::var_os("OUT_DIR").expect("cargo names OUT_DIR"));
    let unit = |(number, names): (usize, &&[&str])| {
        let file = out.join(format!("unit{number}.cpp"));
        let lines = names
            .iter()
            .map(|name| format!("#include \"{name}.cpp\"\n"));
        fs::write(&file, lines.collect::<String>())
            .unwrap_or_else(|error| panic!("{}: {error}", file.display()));
        file
    };
    UNITS.iter().enumerate().map(unit).collect()
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

/// Those of libtorch and tch, as far as they can be told.
fn versions(directory: &Path) -> (String, String) {
    let unknown = || "unknown".to_owned();
    let torch = directory.parent().and_then(torch_twin_build::torch_version);
    let torch = torch.map_or_else(unknown, |(version, file)| {
        println!("cargo:rerun-if-changed={}", file.display());
        version
    });
    let locked = torch_twin_build::locked_tch().map(|(tch, _)| tch);
    let fitting = || torch_twin_build::tch_for(&torch).map(str::to_owned);
    let tch = locked.or_else(fitting).unwrap_or_else(unknown);
    (torch, tch)
}
