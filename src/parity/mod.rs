//! Comparison by bits with the PyTorch reference.

mod dataset;
mod error;
mod fingerprint;
mod process;
mod python;
mod recording;
mod reference;
mod scripts;

pub use dataset::write_dataset;
pub use error::ParityError;
pub use fingerprint::{Digest, Fingerprint};
pub use python::Python;
pub use recording::{LABELS, TEST_LOGITS, record, record_test_logits};
pub use reference::Reference;
pub use scripts::{temporary_folder, unpack_scripts};
