//! The training loop, its checkpoints, the evaluation, and the folder that a run leaves behind.
//!
//! A run from a seed to `run.json`, as `lenet5 train` makes it:
//!
//! ```
//! use lenet5::data::{self, Source};
//! use lenet5::train::{Outcome, Quiet, Run, RunFolder, RunOptions, Settings, TrainingData, data_sha256};
//! use lenet5::variant;
//! use tch::Device;
//!
//! let dataset = data::load(Some(&Source::Sample), &mut |_| {})?;
//! let mut settings = Settings::tutorial(variant::find("classic").expect("there is one"));
//! settings.recipe.epochs = 1;
//! settings.recipe.batch_size = 500;
//!
//! let data = TrainingData::hold_out(&dataset.train, &settings)?;
//! let options = RunOptions {
//!     data: &data,
//!     source: Some("sample".to_owned()),
//!     labels_from: 0,
//!     data_sha256: data_sha256(&dataset)?,
//!     device: Device::Cpu,
//!     checkpoint_every: None,
//! };
//! let temporary = tempfile::tempdir()?;
//! let folder = RunFolder::create(&temporary.path().join("run"), false)?;
//! let mut run = Run::start(settings, None, options, folder)?;
//! assert_eq!(run.train(&mut Quiet)?, Outcome::Finished);
//! let trained = run.into_trained();
//! let evaluation = trained.test(&dataset.test)?;
//! let record = trained.save(&evaluation, &dataset.origin, Vec::new())?;
//! assert!(record.test_accuracy > 50.0);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod checkpoint;
pub(crate) mod clock;
mod environment;
mod error;
mod evaluate;
mod fingerprint;
mod folder_lock;
mod header;
mod init;
mod observer;
mod progress;
mod provenance;
mod record;
mod report_files;
mod resume;
mod run;
mod run_folder;
mod scheduler;
mod settings;
mod state_names;
mod trained;
mod trainer;
mod training_data;

pub use checkpoint::{Checkpoint, CheckpointError};
pub use environment::Environment;
pub use error::{RestoreError, TrainError};
pub use evaluate::{Evaluation, Mistake, evaluate};
pub use fingerprint::data_sha256;
pub use folder_lock::{FolderLock, FolderLockError};
pub use header::{Header, Init};
pub use init::InitialWeights;
pub use observer::{Observer, Quiet};
pub use progress::{Best, EpochMetrics, Progress, Step};
pub use provenance::{Cpu, Origin, Provenance, cpu_model, versions};
pub use record::RunRecord;
pub use report_files::ReportFiles;
pub use resume::ResumeError;
pub use run::{Outcome, Run, RunError, RunOptions};
pub use run_folder::{RunFolder, RunFolderError};
pub use settings::{SettingChange, Settings, SettingsError};
pub use trained::Trained;
pub use trainer::Trainer;
pub use training_data::{TrainingData, TrainingDataError};
