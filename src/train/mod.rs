//! The training loop and the evaluation.

mod evaluate;
mod run_folder;
mod settings;
mod trainer;

pub use evaluate::{Evaluation, evaluate};
pub use run_folder::{RunFolder, RunFolderError};
pub use settings::Settings;
pub use trainer::{Batch, EpochMetrics, Gradients, Step, Trainer};
