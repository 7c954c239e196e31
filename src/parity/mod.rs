//! Comparison by bits with the PyTorch reference.

mod error;
mod fingerprint;
mod process;
mod python;
mod recording;
mod reference;
mod scripts;

pub use error::ParityError;
pub use fingerprint::{Digest, Fingerprint};
pub use python::Python;
pub use recording::{LABELS, TEST_LOGITS, record, record_test_logits};
pub use reference::Reference;
pub use reference::write_dataset;
pub use scripts::{temporary_folder, unpack_scripts};
