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
//!     test_each_epoch: None,
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
mod error;
mod evaluate;
mod header;
mod progress;
mod provenance;
mod run;
mod run_folder;
mod settings;
mod trained;
mod trainer;
mod training_data;

pub use checkpoint::Checkpoint;
pub use error::{CheckpointError, RunError, SettingChange, SettingsError, TrainError};
pub use evaluate::{Evaluation, Mistake, evaluate};
pub use header::{Header, Init, InitialWeights};
pub use progress::{Best, EpochMetrics, Observer, Progress, Quiet, Step};
pub use provenance::{Cpu, Environment, Origin, Provenance, cpu_model, data_sha256, versions};
pub use run::{Outcome, Run, RunOptions};
pub use run_folder::{FolderLock, ReportFiles, RunFolder};
pub use settings::Settings;
pub use trained::{RunRecord, Trained};
pub use trainer::Trainer;
pub use training_data::TrainingData;
