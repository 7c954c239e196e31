//! The libtorch that this program runs on: versions, place and CPU capability.

use std::path::PathBuf;

/// The version of libtorch that this program was built with, such as `2.13.0+cu130`, or
/// `unknown` where that libtorch names none.
pub const TORCH_VERSION: &str = env!("LENET5_TORCH_VERSION");

/// The version of the crate `tch`.
pub const TCH_VERSION: &str = env!("LENET5_TCH_VERSION");

/// The directory of the libtorch in use: where this process loaded `libtorch_cpu` from.
///
/// Only Linux tells; elsewhere it is the directory that the program was linked against.
pub fn directory() -> PathBuf {
    let linked = || PathBuf::from(env!("LENET5_LIBTORCH_LIB"));
    loaded_from("libtorch_cpu.so").unwrap_or_else(linked)
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

/// Which of its CPU kernels libtorch runs, under the name that
/// `torch.backends.cpu.get_cpu_capability()` gives it.
///
/// libtorch's answer is out of reach through `tch`, so this repeats what its dispatcher does
/// (`compute_cpu_capability` in ATen's `DispatchStub.cpp`). `None` on other CPUs than x86-64.
pub fn cpu_capability() -> Option<&'static str> {
    #[cfg(target_arch = "x86_64")]
    {
        let chosen = std::env::var("ATEN_CPU_CAPABILITY");
        Some(match chosen.as_deref() {
            Ok("avx512") => "AVX512",
            Ok("avx2") => "AVX2",
            Ok("default") => "DEFAULT",
            _ => best_x86_capability(),
        })
    }
    #[cfg(not(target_arch = "x86_64"))]
    None
}

#[cfg(target_arch = "x86_64")]
fn best_x86_capability() -> &'static str {
    use std::arch::is_x86_feature_detected as has;

    if !has!("fma") {
        "DEFAULT"
    } else if has!("avx512vl") && has!("avx512bw") && has!("avx512dq") {
        "AVX512"
    } else if has!("avx2") {
        "AVX2"
    } else {
        "DEFAULT"
    }
}
