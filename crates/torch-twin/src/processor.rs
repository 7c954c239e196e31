use serde::{Deserialize, Serialize};

use crate::{TorchError, backends, native};

/// Which code libtorch and its libraries run on this processor. Bits can differ where any of it differs.
///
/// MKL runs other code on Intel's processors than on others with the same instructions.
///
/// ```
/// let processor = torch_twin::Processor::current()?;
/// println!("{} {}", processor.cpu_vendor, processor.mkl_branch);
/// # Ok::<(), torch_twin::TorchError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Processor {
    /// The vendor as cpuid has it, such as `GenuineIntel` or `AuthenticAMD`.
    #[serde(default = "unknown")]
    pub cpu_vendor: String,
    /// ATen's kernels, as `torch.backends.cpu.get_cpu_capability()`.
    #[serde(alias = "capability")]
    pub cpu_capability: String,
    /// MKL's branch by the names of its `MKL_CBWR_…` constants, such as `AVX512_E1`; `AUTO` where MKL does not know
    /// the processor. After `CNR` if the environment variable `MKL_CBWR` chose it; `none` without MKL.
    #[serde(default = "unknown")]
    pub mkl_branch: String,
    /// The widest instructions of oneDNN's float32 kernels: `AVX512_CORE`, `AVX2`, `AVX` or `SSE41`. The environment
    /// variable `ONEDNN_MAX_CPU_ISA` can lower it.
    #[serde(default = "unknown")]
    pub onednn_isa: String,
}

impl Processor {
    /// That of this process.
    ///
    /// # Errors
    /// If libtorch fails, for example when memory runs out.
    pub fn current() -> Result<Self, TorchError> {
        Ok(Self {
            cpu_vendor: native::cpu_vendor().unwrap_or_else(unknown),
            cpu_capability: backends::cpu_capability()?,
            mkl_branch: mkl_branch(),
            onednn_isa: onednn_isa().to_owned(),
        })
    }

    /// Name and value of each field.
    pub fn iter(&self) -> impl Iterator<Item = (&'static str, &str)> {
        [
            ("cpu_vendor", self.cpu_vendor.as_str()),
            ("cpu_capability", &self.cpu_capability),
            ("mkl_branch", &self.mkl_branch),
            ("onednn_isa", &self.onednn_isa),
        ]
        .into_iter()
    }
}

/// What a file that lacks a field says about it.
fn unknown() -> String {
    "unknown".to_owned()
}

fn mkl_branch() -> String {
    const OFF: i32 = 1;
    match native::mkl_branches() {
        (0, _) => "none".to_owned(),
        (OFF, by_itself) => mkl_branch_name(by_itself),
        (chosen, _) => format!("CNR {}", mkl_branch_name(chosen)),
    }
}

fn mkl_branch_name(branch: i32) -> String {
    let name = match branch {
        2 => "AUTO",
        3 => "COMPATIBLE",
        4 => "SSE2",
        6 => "SSSE3",
        7 => "SSE4_1",
        8 => "SSE4_2",
        9 => "AVX",
        10 => "AVX2",
        11 => "AVX512_MIC",
        12 => "AVX512",
        13 => "AVX512_MIC_E1",
        14 => "AVX512_E1",
        other => return other.to_string(),
    };
    name.to_owned()
}

/// The widest first, as [`cpu_features`] has them.
const ONEDNN_ISAS: [&str; 4] = ["AVX512_CORE", "AVX2", "AVX", "SSE41"];

fn onednn_isa() -> &'static str {
    let limits = ["ONEDNN_MAX_CPU_ISA", "DNNL_MAX_CPU_ISA"].map(std::env::var);
    let limit = limits.into_iter().find_map(Result::ok).unwrap_or_default();
    let limit = limit.to_uppercase();
    // `AVX2_VNNI` is of the kind `AVX2`; a limit of another name is above all of these.
    let is_limit = |isa: &str| {
        let more = limit.strip_prefix(isa);
        more.is_some_and(|more| more.is_empty() || more.starts_with('_'))
    };
    let allowed = ONEDNN_ISAS.into_iter().position(is_limit).unwrap_or(0);
    let mut isas = ONEDNN_ISAS.into_iter().zip(cpu_features()).skip(allowed);
    let found = isas.find(|(_, has_feature)| *has_feature);
    found.map_or("none", |(isa, _)| isa)
}

#[cfg(target_arch = "x86_64")]
fn cpu_features() -> [bool; 4] {
    [
        std::is_x86_feature_detected!("avx512bw"),
        std::is_x86_feature_detected!("avx2"),
        std::is_x86_feature_detected!("avx"),
        std::is_x86_feature_detected!("sse4.1"),
    ]
}

#[cfg(not(target_arch = "x86_64"))]
fn cpu_features() -> [bool; 4] {
    [false; 4]
}
