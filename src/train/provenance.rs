//! What a result was made from, by what, where and when.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;
use torch_twin::{Processor, TorchError, device, libtorch, sha256};

use crate::data::Dataset;

/// What a result was made from, by what, where and when: what an appendix has to say beside the
/// settings.
#[derive(Clone, Debug, Serialize)]
pub struct Provenance {
    /// Where the data came from, for people.
    pub data: String,
    /// [`data_sha256`](super::data_sha256()) of the data.
    pub data_sha256: String,
    /// The device, as PyTorch names it.
    pub device: String,
    /// Threads inside an operation.
    pub threads: i32,
    /// The processor.
    pub cpu: Cpu,
    /// Those of the program that brought it to its end, of tch and of libtorch, and the commit that
    /// was checked out when the program was built.
    pub versions: BTreeMap<String, String>,
    /// The command line that brought it to its end.
    pub command: Vec<String>,
    /// When its first step began, in UTC as RFC 3339 has it; none where an earlier version began.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub started: Option<String>,
    /// When it was done.
    pub finished: String,
}

/// A processor, and which code libtorch runs on it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Cpu {
    /// Its name, where the system tells.
    pub model: Option<String>,
    /// The rest.
    #[serde(flatten)]
    pub processor: Processor,
}

/// What data a result is of, and what it comes from.
#[derive(Clone, Debug)]
pub struct Origin {
    /// Where the data came from, for people.
    pub data: String,
    /// [`data_sha256`](super::data_sha256()) of the data.
    pub data_sha256: String,
    /// The command line.
    pub command: Vec<String>,
}

impl Provenance {
    /// Of a result that is done now, and began at `started`.
    pub fn now(origin: Origin, environment: &Environment, started: Option<String>) -> Self {
        Self {
            data: origin.data,
            data_sha256: origin.data_sha256,
            device: environment.device.clone(),
            threads: environment.threads,
            cpu: Cpu::of(environment),
            versions: versions(),
            command: origin.command,
            started,
            finished: now(),
        }
    }
}

impl Cpu {
    /// That of this process.
    pub fn of(environment: &Environment) -> Self {
        Self {
            model: cpu_model(),
            processor: environment.processor.clone(),
        }
    }
}

/// Those of this program, of tch and of libtorch, and the commit that was checked out when the program
/// was built.
pub fn versions() -> BTreeMap<String, String> {
    let known = [
        ("lenet5", Some(env!("CARGO_PKG_VERSION"))),
        ("tch", Some(libtorch::TCH_VERSION)),
        ("torch", Some(libtorch::TORCH_VERSION)),
        ("commit", option_env!("LENET5_COMMIT")),
    ];
    let known = known.into_iter();
    let known = known.filter_map(|(name, value)| Some((name.to_owned(), value?.to_owned())));
    known.collect()
}

/// The CPU's name, which only Linux tells without a call of its own.
pub fn cpu_model() -> Option<String> {
    let cpus = std::fs::read_to_string("/proc/cpuinfo").ok()?;
    let line = cpus.lines().find(|line| line.starts_with("model name"))?;
    Some(line.split_once(':')?.1.trim().to_owned())
}

/// What a result's bits depend on beside settings and data.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Environment {
    /// Version of libtorch, as `torch.__version__`.
    pub torch: String,
    /// The processor, and which code libtorch runs on it.
    #[serde(flatten)]
    pub processor: Processor,
    /// Threads inside an operation, as `torch.get_num_threads()`.
    pub threads: i32,
    /// The device, as PyTorch names it.
    pub device: String,
}

impl Environment {
    /// That of this process, with computations on `device`.
    ///
    /// # Errors
    /// If libtorch fails, for example when memory runs out.
    pub fn current(device: tch::Device) -> Result<Self, TorchError> {
        Ok(Self {
            torch: libtorch::TORCH_VERSION.to_owned(),
            processor: Processor::current()?,
            threads: tch::get_num_threads(),
            device: device::name(device),
        })
    }

    /// What differs between this environment, in which a run began, and the one of now: a line each.
    pub fn differences(&self, now: &Self) -> Vec<String> {
        let compared = self.named().into_iter().zip(now.named());
        let different = compared.filter(|((_, then), (_, now))| then != now);
        let lines =
            different.map(|((name, then), (_, now))| format!("{name}: {then} then, {now} now"));
        lines.collect()
    }

    /// Each part with its name for people.
    fn named(&self) -> [(&'static str, String); 7] {
        let Processor {
            cpu_vendor,
            cpu_capability,
            mkl_branch,
            onednn_isa,
        } = self.processor.clone();
        [
            ("libtorch", self.torch.clone()),
            ("CPU vendor", cpu_vendor),
            ("CPU kernels", cpu_capability),
            ("MKL branch", mkl_branch),
            ("oneDNN ISA", onednn_isa),
            ("threads", self.threads.to_string()),
            ("device", self.device.clone()),
        ]
    }
}

/// SHA-256, in hexadecimal, of the training images, training labels, test images and test labels
/// as they are in memory: pixels as bytes, labels as little-endian int64.
///
/// # Errors
/// What libtorch refuses when the values are copied out.
pub fn data_sha256(dataset: &Dataset) -> Result<String, TorchError> {
    let splits = [&dataset.train, &dataset.test];
    sha256(
        splits
            .iter()
            .flat_map(|split| [&split.images, &split.labels]),
    )
}

/// Now, in UTC as RFC 3339 has it, to the second.
pub(super) fn now() -> String {
    let now = OffsetDateTime::now_utc();
    let whole = now.replace_nanosecond(0).unwrap_or(now);
    whole.format(&Rfc3339).unwrap_or_default()
}
