//! CUDA on demand.
//!
//! CUDA's libraries cost a process some 375 MB and a tenth of a second even where there is no
//! GPU. So the program is not linked against `libtorch_cuda`, but loads it when a GPU is asked
//! for and an NVIDIA driver is there.

use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use thiserror::Error;

use crate::native::load_library;

const WINDOWS: bool = cfg!(windows);
const DRIVER: &str = if WINDOWS {
    "nvcuda.dll"
} else {
    "libcuda.so.1"
};
const CUDA_PART: &str = if WINDOWS {
    "torch_cuda.dll"
} else {
    "libtorch_cuda.so"
};

/// Why CUDA cannot be used.
#[derive(Clone, Debug, Error)]
pub enum CudaAbsence {
    /// libtorch was built without CUDA.
    #[error("this libtorch is a CPU build: there is no {CUDA_PART} in {0}")]
    CpuBuild(PathBuf),
    /// There is no NVIDIA driver.
    #[error("there is no NVIDIA driver: {DRIVER} was not found")]
    NoDriver,
    /// libtorch's CUDA part is there and cannot be loaded.
    #[error("libtorch's CUDA part cannot be loaded: {0}")]
    NotLoadable(String),
    /// libtorch takes up its CUDA part only before it is first asked about CUDA.
    #[error("libtorch was in use before its CUDA part was loaded")]
    LoadedTooLate,
    /// The driver is there, and libtorch sees no GPU.
    #[error("there is an NVIDIA driver, but libtorch sees no GPU{}", describe_visible(.visible))]
    NoGpu {
        /// `CUDA_VISIBLE_DEVICES`, where it is set.
        visible: Option<String>,
    },
}

fn describe_visible(visible: &Option<String>) -> String {
    match visible {
        Some(visible) => format!(" (CUDA_VISIBLE_DEVICES={visible:?})"),
        None => String::new(),
    }
}

/// How many GPUs there are, one at least; the first call loads libtorch's CUDA part.
///
/// The first call must come before anything else of libtorch: libtorch looks for its CUDA part
/// once, when it is first asked about CUDA, which seeding the generator does too.
///
/// # Errors
///
/// Why there is none.
pub fn device_count() -> Result<usize, CudaAbsence> {
    static COUNT: OnceLock<Result<usize, CudaAbsence>> = OnceLock::new();
    COUNT.get_or_init(find).clone()
}

fn find() -> Result<usize, CudaAbsence> {
    let directory = crate::libtorch::directory();
    let cuda_part = directory.join(CUDA_PART);
    if !cuda_part.exists() {
        return Err(CudaAbsence::CpuBuild(directory));
    }
    load_library(Path::new(DRIVER)).map_err(|_| CudaAbsence::NoDriver)?;
    load_library(&cuda_part).map_err(|error| CudaAbsence::NotLoadable(error.to_string()))?;
    if !tch::utils::has_cudart() {
        return Err(CudaAbsence::LoadedTooLate);
    }
    match usize::try_from(tch::Cuda::device_count()) {
        Ok(count) if count > 0 => Ok(count),
        _ => Err(CudaAbsence::NoGpu {
            visible: std::env::var("CUDA_VISIBLE_DEVICES").ok(),
        }),
    }
}
