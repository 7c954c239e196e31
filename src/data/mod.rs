//! Images of digits: from IDX files on disk, from MNIST's mirrors or from the sample in the
//! binary, to batches of 32×32 images.
//!
//! ```no_run
//! use lenet5::data::{self, Source};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let source: Source = "data/FashionMNIST/raw".parse()?;
//! let loaded = data::load(Some(&source), 10, &mut |_| {})?;
//! let (images, labels) = loaded.dataset.train.select(&[0, 1, 2])?;
//! let input = data::to_input(&images, tch::Device::Cpu)?; // 3×1×32×32
//! # Ok(())
//! # }
//! ```

mod augment;
mod batch;
mod dataset;
mod download;
mod error;
mod files;
pub mod idx;
mod mnist;
mod sample;
mod source;

pub use augment::RandomAffine;
pub use batch::to_input;
pub use dataset::{Dataset, Split};
pub use download::{Download, DownloadProgress};
pub use error::DataError;
pub use files::DatasetFile;
pub use mnist::Cache;
pub use source::{Loaded, Source, load, load_with};
