//! Comparison by bits with the PyTorch reference.

mod dataset;
mod error;
mod fingerprint;
mod process;
mod python;
mod reference;
mod scripts;
mod stages;
mod temporary_folder;
mod verdict;

pub use dataset::write_dataset;
pub use error::ParityError;
pub use fingerprint::{Digest, Fingerprint};
pub use python::Python;
pub use reference::Reference;
pub use scripts::unpack_scripts;
pub use stages::{Stages, stages, test_stages};
pub use verdict::verdict;
