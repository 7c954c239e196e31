//! Comparison by bits with the PyTorch reference.

mod dataset;
mod error;
mod reference;
mod scripts;
mod stages;

pub use dataset::write_dataset;
pub use error::ParityError;
pub use reference::Reference;
pub use scripts::unpack_scripts;
pub use stages::{Stages, stages, test_stages};
