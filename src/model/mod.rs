//! The networks, a file a variant.

mod classic;
mod classifier;
mod modern;
pub mod paper;

pub use classic::Classic;
pub use classifier::{Classifier, Network};
pub use modern::Modern;
pub use paper::Paper;
