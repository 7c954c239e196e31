use std::collections::BTreeMap;

use serde::Serialize;
use torch_twin::libtorch;

use super::{Evaluation, Header, Init, Settings};

/// What `run.json` holds: all settings and the result.
#[derive(Clone, Debug, Serialize)]
pub struct RunRecord {
    /// What decided the result.
    #[serde(flatten)]
    pub settings: Settings,
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
    /// What the result depends on beside that.
    pub versions: BTreeMap<&'static str, &'static str>,
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

impl RunRecord {
    pub(super) fn new(
        header: &Header,
        evaluation: &Evaluation,
        data: &str,
        weights_sha256: String,
    ) -> Self {
        Self {
            settings: header.settings.clone(),
            init: header.init.clone(),
            data: data.to_owned(),
            data_sha256: header.data_sha256.clone(),
            device: header.environment.device.clone(),
            threads: header.environment.threads,
            versions: versions(),
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
fn versions() -> BTreeMap<&'static str, &'static str> {
    BTreeMap::from([
        ("lenet5", env!("CARGO_PKG_VERSION")),
        ("tch", libtorch::TCH_VERSION),
        ("torch", libtorch::TORCH_VERSION),
    ])
}
