use serde::{Deserialize, Serialize};

use crate::model::Recipe;

/// What decides a run's result, beside the data and the machine.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Settings {
    /// Name of the network's variant.
    pub variant: String,
    /// How the network is trained.
    #[serde(flatten)]
    pub recipe: Recipe,
    /// Images an evaluation step.
    pub test_batch_size: usize,
    /// Seed of initial values, shuffling and augmentation, as for `torch.manual_seed`.
    pub seed: u64,
    /// Classes that the network tells apart.
    pub classes: i64,
}
