use serde::{Deserialize, Serialize};

/// What decides a run's result, beside the data and the machine.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Settings {
    /// Name of the network's variant.
    pub variant: String,
    /// Passes over the training set.
    pub epochs: u32,
    /// Images a training step; an epoch's last step takes what is left.
    pub batch_size: usize,
    /// Images an evaluation step.
    pub test_batch_size: usize,
    /// Adam's learning rate.
    pub lr: f64,
    /// Seed of initial values and shuffling, as for `torch.manual_seed`.
    pub seed: u64,
    /// Classes that the network tells apart.
    pub classes: i64,
}
