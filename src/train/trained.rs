use std::collections::BTreeMap;

use serde::Serialize;
use tch::Device;
use torch_twin::data::DataLoader;
use torch_twin::{Generator, TorchError};

use super::provenance::{Origin, Provenance, versions};
use super::{Evaluation, Header, Init, Progress, RunError, RunFolder, Settings, evaluate};
use crate::data::Split;
use crate::model::Network;

/// What a [`Run`](super::Run) leaves; the images that it was trained on are let go.
pub struct Trained {
    /// The network.
    pub network: Box<dyn Network>,
    /// How far it was trained.
    pub progress: Progress,
    /// What stood in the run's checkpoints beside the progress.
    pub header: Header,
    /// Where the run is kept.
    pub folder: RunFolder,
    /// Where it was trained.
    pub device: Device,
}

impl Trained {
    /// How well the network does on the test images.
    ///
    /// # Errors
    /// What libtorch refuses, too little memory above all.
    pub fn test(&self, test: &Split) -> Result<Evaluation, TorchError> {
        let loader = DataLoader::new(test, self.header.settings.test_batch_size);
        // Nothing is drawn after the test.
        let mut generator = Generator::manual_seed(0);
        evaluate(self.network.as_ref(), &loader, self.device, &mut generator)
    }

    /// Writes the weights and `run.json`; `data` says for people where the data came from, and `command` is
    /// the command line.
    ///
    /// # Errors
    /// A folder that cannot be written.
    pub fn save(
        &self,
        evaluation: &Evaluation,
        data: &str,
        command: Vec<String>,
    ) -> Result<RunRecord, RunError> {
        let state_dict = self.network.state_dict();
        let metadata = metadata(&self.header.settings, self.progress.epoch);
        self.folder.save_weights(&state_dict, &metadata)?;
        let record = RunRecord::new(
            &self.header,
            evaluation,
            data,
            state_dict.sha256()?,
            command,
        );
        self.folder.save_record(&record)?;
        Ok(record)
    }
}

/// What `run.json` holds: all settings, where they were put to use, and the result.
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
    /// Data, machine, versions, command line and times.
    #[serde(flatten)]
    pub provenance: Provenance,
    /// Epochs that were trained: fewer than planned where patience ended it.
    pub epochs_done: u32,
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

impl RunRecord {
    fn new(
        header: &Header,
        evaluation: &Evaluation,
        data: &str,
        weights_sha256: String,
        command: Vec<String>,
    ) -> Self {
        let origin = Origin {
            data: data.to_owned(),
            data_sha256: header.data_sha256.clone(),
            command,
        };
        Self {
            settings: header.settings.clone(),
            recipe: header.settings.recipe_name(),
            init: header.init.clone(),
            provenance: Provenance::now(origin, &header.environment, header.started.clone()),
            epochs_done: header.metrics.last().map_or(0, |epoch| epoch.epoch),
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

/// What the weights files of a run say of themselves, after so many epochs.
pub(super) fn metadata(settings: &Settings, epochs: u32) -> BTreeMap<String, String> {
    let settings = [
        ("variant", settings.variant.name.to_owned()),
        ("classes", settings.classes.to_string()),
        ("seed", settings.seed.to_string()),
        ("epochs", epochs.to_string()),
    ];
    let settings = settings.map(|(key, value)| (key.to_owned(), value));
    settings.into_iter().chain(versions()).collect()
}
