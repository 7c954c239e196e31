//! Data sets and the order in which they are read, as `torch.utils.data`.

mod data_loader;
mod dataset;

pub use data_loader::{Batches, DataLoader, WeightedRandomSampler};
pub use dataset::{Dataset, Subset, TensorDataset, fractions_of, random_split};
