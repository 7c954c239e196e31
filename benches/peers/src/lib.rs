//! What the classic network's trainings in other frameworks share: the data, the recipe, the
//! command line and the report.

mod batches;
mod mnist;
mod program;

pub use batches::batches;
pub use mnist::{Mnist, Part};
pub use program::{Args, Report};

/// The layers that have weights.
pub const LAYERS: [&str; 5] = ["conv1", "conv2", "conv3", "fc1", "fc2"];

/// Images a step.
pub const BATCH_SIZE: usize = 64;

/// Adam's learning rate; its other settings are PyTorch's defaults.
pub const LEARNING_RATE: f64 = 0.001;
