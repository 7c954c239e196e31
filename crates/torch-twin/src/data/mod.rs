//! Data sets and the order in which they are read, as `torch.utils.data`.

mod data_loader;
mod dataset;
mod sampler;
mod subset;

pub use data_loader::{Batches, DataLoader};
pub use dataset::{Dataset, TensorDataset};
pub use sampler::WeightedRandomSampler;
pub use subset::{Subset, fractions_of, random_split};
