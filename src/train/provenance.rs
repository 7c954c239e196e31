use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use torch_twin::{Processor, libtorch};

use super::{Environment, clock};

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
            finished: clock::now(),
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
