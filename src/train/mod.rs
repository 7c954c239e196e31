//! The training loop, its checkpoints and the evaluation.

mod checkpoint;
mod environment;
mod error;
mod evaluate;
mod fingerprint;
mod progress;
mod run;
mod run_folder;
mod settings;
mod state_names;
mod trainer;

pub use checkpoint::{Checkpoint, CheckpointError, Header, Init};
pub use environment::Environment;
pub use error::{RestoreError, TrainError};
pub use evaluate::{Evaluation, evaluate};
pub use fingerprint::data_sha256;
pub use progress::{Best, EpochMetrics, Progress};
pub use run::{Observer, Outcome, Run, RunError, RunOptions, Trained};
pub use run_folder::{RunFolder, RunFolderError};
pub use settings::{Difference, Settings, SettingsError};
pub use trainer::{Batch, Gradients, Step, Trainer};
