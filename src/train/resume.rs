use thiserror::Error;
use torch_twin::TorchError;

use super::{Header, RestoreError, SettingChange, Settings, TrainError};

/// Why a run cannot go on.
#[derive(Debug, Error)]
pub enum ResumeError {
    /// Other settings than the run began with.
    #[error("a run goes on with the settings that it began with: {}", list(.0))]
    OtherSettings(Vec<SettingChange>),
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
    /// Refuses other settings than the run began with.
    ///
    /// # Errors
    /// Each setting that differs.
    pub fn check_settings(&self, settings: &Settings) -> Result<(), ResumeError> {
        let changes = self.settings.changes(settings);
        match changes.is_empty() {
            true => Ok(()),
            false => Err(ResumeError::OtherSettings(changes)),
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
