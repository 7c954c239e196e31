//! What the processor makes libtorch's libraries do.

use super::bindings::{
    twin_cpu_vendor, twin_detect_processor, twin_mkl_auto_branch, twin_mkl_chosen_branch,
};

/// The vendor's twelve letters, such as `GenuineIntel`; only x86-64 has them.
pub fn cpu_vendor() -> Option<String> {
    let mut letters = [0; 12];
    // SAFETY: The function writes twelve bytes at most.
    let is_known = unsafe { twin_cpu_vendor(letters.as_mut_ptr()) };
    is_known.then(|| String::from_utf8_lossy(&letters).into_owned())
}

/// MKL's number of the branch that `MKL_CBWR` chose, and of the one that it takes by itself; 0 without MKL.
pub fn mkl_branches() -> (i32, i32) {
    (twin_mkl_chosen_branch(), twin_mkl_auto_branch())
}

#[used]
#[cfg_attr(
    not(any(windows, target_vendor = "apple")),
    unsafe(link_section = ".init_array")
)]
#[cfg_attr(
    target_vendor = "apple",
    unsafe(link_section = "__DATA,__mod_init_func")
)]
#[cfg_attr(windows, unsafe(link_section = ".CRT$XCU"))]
static BEFORE_MAIN: extern "C" fn() = twin_detect_processor;

/// What OpenMP took from the environment as it was loaded, and allows the calling thread.
#[derive(Clone, Copy, Debug)]
pub struct OpenMp {
    /// Whether it may start fewer threads than it is asked for.
    pub is_dynamic: bool,
    /// The most threads that it starts.
    pub thread_limit: i32,
    /// How many parallel regions within one another it runs on several threads.
    pub max_active_levels: i32,
}

impl OpenMp {
    /// Asks the OpenMP that this process has loaded, if it is one that a program can ask.
    pub fn ask() -> Option<Self> {
        Some(Self {
            is_dynamic: call("omp_get_dynamic")? != 0,
            thread_limit: call("omp_get_thread_limit")?,
            max_active_levels: call("omp_get_max_active_levels")?,
        })
    }
}

/// Calls a function of OpenMP that takes nothing and gives an `int`.
#[cfg(unix)]
fn call(name: &str) -> Option<i32> {
    use libloading::os::unix::Library;

    // SAFETY: By OpenMP's standard all functions of these names have this type. The libraries of the process are
    // not unloaded meanwhile: libtorch, which needs OpenMP, is among them from the start.
    unsafe {
        let function = Library::this().get::<extern "C" fn() -> i32>(name).ok()?;
        Some(function())
    }
}

#[cfg(not(unix))]
fn call(_: &str) -> Option<i32> {
    None
}
