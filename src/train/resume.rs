use thiserror::Error;
use torch_twin::TorchError;

use super::{Header, RestoreError, RunError, SettingChange, Settings, TrainError};

/// Why a run cannot go on.
#[derive(Debug, Error)]
pub enum ResumeError {
    /// Other settings than the run began with.
    #[error("a run goes on with the settings that it began with: {}", list(.0))]
    OtherSettings(Vec<SettingChange>),
    /// Another number of epochs, where that decides the learning rates from the first epoch on.
    #[error(
        "--epochs is {here} in the run, {there} now, and its learning rate is spread over all epochs: {schedule}. \
         A run of {there} has other learning rates from its first epoch on: train one anew, or go on \
         from these weights with --init"
    )]
    SpreadSchedule {
        /// Epochs of the run.
        here: u32,
        /// Epochs asked for.
        there: u32,
        /// The schedule in words.
        schedule: String,
    },
    /// Fewer epochs than the run has behind it.
    #[error("--epochs: {asked} is less than the run has behind it, which is {done}")]
    TooFewEpochs {
        /// Epochs asked for.
        asked: u32,
        /// Epochs done, or begun.
        done: u32,
    },
    /// Other data than the run was trained on.
    #[error(
        "the run was trained on other data: its SHA-256 is {saved}, that of the data given is \
         {given}; name the run's own with --data"
    )]
    OtherData {
        /// Digest of the run's own data.
        saved: String,
        /// Digest of the data given.
        given: String,
    },
    /// Another libtorch, CPU, number of threads or device.
    #[error(
        "the run would not end with the bits that it would have had ({}); go on all the same with \
         --force", .0.join("; ")
    )]
    OtherEnvironment(Vec<String>),
    /// A checkpoint that is not of this run.
    #[error(transparent)]
    Restore(#[from] RestoreError),
    /// A training that cannot begin.
    #[error(transparent)]
    Train(#[from] TrainError),
    /// A checkpoint by the new settings that cannot be written.
    #[error(transparent)]
    Run(#[from] Box<RunError>),
    /// A failure inside libtorch.
    #[error(transparent)]
    Torch(#[from] TorchError),
}

fn list(changes: &[SettingChange]) -> String {
    let changes = changes.iter().map(|change| {
        let SettingChange { name, here, there } = change;
        let option = name.replace('_', "-");
        format!("--{option} is {here} in the run, {there} now")
    });
    changes.collect::<Vec<_>>().join("; ")
}

impl Header {
    /// Refuses other settings than the run began with, but for how long it trains: epochs, where the
    /// learning rates of those done are what they would have been, and patience.
    ///
    /// # Errors
    /// Each setting that differs.
    pub fn check_settings(&self, settings: &Settings) -> Result<(), ResumeError> {
        let mut changes = self.settings.changes(settings);
        changes.retain(|change| !["epochs", "patience"].contains(&change.name.as_str()));
        if !changes.is_empty() {
            return Err(ResumeError::OtherSettings(changes));
        }
        let recipe = &self.settings.recipe;
        let (here, there) = (recipe.epochs, settings.recipe.epochs);
        if here != there && recipe.schedule.is_spread_over_epochs() {
            return Err(ResumeError::SpreadSchedule {
                here,
                there,
                schedule: recipe.schedule.in_words(recipe.lr),
            });
        }
        let done = self.progress.epoch + u32::from(self.progress.step > 0);
        match there < done {
            true => Err(ResumeError::TooFewEpochs { asked: there, done }),
            false => Ok(()),
        }
    }

    /// Refuses to go on where the result would be another than that of this run. Where `force` says
    /// to go on in another environment all the same, it gives what differs.
    pub(super) fn check(&self, now: &Header, force: bool) -> Result<Vec<String>, ResumeError> {
        if self.data_sha256 != now.data_sha256 {
            return Err(ResumeError::OtherData {
                saved: self.data_sha256.clone(),
                given: now.data_sha256.clone(),
            });
        }
        let differences = self.environment.differences(&now.environment);
        match differences.is_empty() || force {
            true => Ok(differences),
            false => Err(ResumeError::OtherEnvironment(differences)),
        }
    }
}
