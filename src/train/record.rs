use std::collections::BTreeMap;

use serde::Serialize;
use torch_twin::libtorch;

use super::{Evaluation, Header, Init, Settings, clock};

/// What `run.json` holds: all settings and the result.
#[derive(Clone, Debug, Serialize)]
pub struct RunRecord {
    /// What decided the result.
    #[serde(flatten)]
    pub settings: Settings,
    /// Whether these are the variant's `tutorial` or `best` recipe, or the user's `own`.
    pub recipe: &'static str,
    /// The weights that it began with, where they were given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub init: Option<Init>,
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
    /// What the result depends on beside that, and the commit that the program was built from.
    pub versions: BTreeMap<&'static str, &'static str>,
    /// The command line that brought it to its end.
    pub command: Vec<String>,
    /// When its first step began, in UTC as RFC 3339 has it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub started: Option<String>,
    /// When it was tested.
    pub finished: String,
    /// Seconds of training, tests and breaks left out.
    pub training_seconds: f64,
    /// The epoch after which it did best on the images held out, where there are any.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub best_epoch: Option<u32>,
    /// Mean loss over the test images.
    pub test_loss: f64,
    /// Right answers on the test images in per cent.
    pub test_accuracy: f64,
    /// Right answers on the test images.
    pub correct: u64,
    /// Test images.
    pub total: u64,
    /// Digest of the weights.
    pub weights_sha256: String,
}

/// A processor, and what libtorch makes of it.
#[derive(Clone, Debug, Serialize)]
pub struct Cpu {
    /// Its name, where the system tells.
    pub model: Option<String>,
    /// The kernels that libtorch picked, as `torch.backends.cpu.get_cpu_capability()`.
    pub capability: Option<String>,
}

impl RunRecord {
    pub(super) fn new(
        header: &Header,
        evaluation: &Evaluation,
        data: &str,
        weights_sha256: String,
        command: Vec<String>,
    ) -> Self {
        Self {
            settings: header.settings.clone(),
            recipe: header.settings.recipe_name(),
            init: header.init.clone(),
            data: data.to_owned(),
            data_sha256: header.data_sha256.clone(),
            device: header.environment.device.clone(),
            threads: header.environment.threads,
            cpu: Cpu {
                model: cpu_model(),
                capability: header.environment.cpu_capability.clone(),
            },
            versions: versions(),
            command,
            started: header.started.clone(),
            finished: clock::now(),
            training_seconds: header.metrics.iter().map(|epoch| epoch.seconds).sum(),
            best_epoch: header.best.as_ref().map(|best| best.epoch),
            test_loss: evaluation.loss,
            test_accuracy: evaluation.accuracy(),
            correct: evaluation.correct,
            total: evaluation.total,
            weights_sha256,
        }
    }
}

/// What the weights files of a run say of themselves.
pub fn metadata(settings: &Settings) -> BTreeMap<String, String> {
    let settings = [
        ("variant", settings.variant.name.to_owned()),
        ("classes", settings.classes.to_string()),
        ("seed", settings.seed.to_string()),
        ("epochs", settings.recipe.epochs.to_string()),
    ];
    let versions = versions().into_iter();
    let versions = versions.map(|(key, value)| (key, value.to_owned()));
    let all = settings.into_iter().chain(versions);
    all.map(|(key, value)| (key.to_owned(), value)).collect()
}

/// What a result depends on beside the settings.
pub fn versions() -> BTreeMap<&'static str, &'static str> {
    let mut versions = BTreeMap::from([
        ("lenet5", env!("CARGO_PKG_VERSION")),
        ("tch", libtorch::TCH_VERSION),
        ("torch", libtorch::TORCH_VERSION),
    ]);
    if let Some(commit) = option_env!("LENET5_COMMIT") {
        versions.insert("commit", commit);
    }
    versions
}

/// The CPU's name, which only Linux tells without a call of its own.
pub fn cpu_model() -> Option<String> {
    let cpus = std::fs::read_to_string("/proc/cpuinfo").ok()?;
    let line = cpus.lines().find(|line| line.starts_with("model name"))?;
    Some(line.split_once(':')?.1.trim().to_owned())
}
