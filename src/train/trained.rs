use tch::Device;
use torch_twin::data::DataLoader;
use torch_twin::{Generator, TorchError};

use super::record::metadata;
use super::{Evaluation, Header, Progress, RunFolder, RunFolderError, RunRecord, evaluate};
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
    ) -> Result<RunRecord, RunFolderError> {
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
