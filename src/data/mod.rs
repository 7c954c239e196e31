//! Images of digits: from IDX files on disk, from MNIST's mirrors or from the sample in the
//! binary, to batches of 32×32 images.
//!
//! ```
//! use lenet5::data::{self, Source};
//! use torch_twin::data::Dataset;
//!
//! let source: Source = "sample".parse()?; // or "mnist", or a folder with the four files
//! let sample = data::load(Some(&source), &mut |_| {})?;
//! sample.check_labels(10)?;
//! let (images, _labels) = sample.train.get(&[0, 1, 2])?;
//! let input = data::to_input(&images, tch::Device::Cpu)?;
//! assert_eq!(input.size(), [3, 1, 32, 32]);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod augment;
mod batch;
mod class_folders;
mod dataset;
mod dataset_file;
mod download;
mod error;
mod files;
pub mod idx;
mod mnist;
mod sample;
mod source;
#[cfg(test)]
mod test_server;

pub use augment::RandomAffine;
pub use batch::{PADDING, WHITE, to_input};
pub use dataset::{Dataset, SIDE, Split, TestSet};
pub use dataset_file::DatasetFile;
pub use download::{Download, DownloadProgress};
pub use error::DataError;
pub use idx::{IdxError, IdxKind};
pub use mnist::Cache;
pub use source::{Source, load, load_test_set, load_with};
