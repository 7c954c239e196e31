//! Networks out of files of weights, whoever wrote them.

mod checkpoint;
mod classifier;
mod error;
mod names;
mod network;
mod note;
mod place;
mod preprocessing;
mod proposal;
mod script;

pub use checkpoint::CHECKPOINT_FORMAT;
pub use classifier::{LoadedClassifier, load_classifier};
pub use error::LoadError;
pub use names::Names;
pub use network::{LoadOptions, LoadedNetwork, load_network};
pub use note::Note;
pub use place::{MAX_WEIGHTS_BYTES, RUN_WEIGHTS};
pub use preprocessing::{Normalize, Preprocessing, PreprocessingOptions};
pub use script::TorchScript;
