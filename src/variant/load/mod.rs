//! Networks out of files of weights, whoever wrote them.

mod classifier;
mod error;
mod names;
mod network;
mod note;
mod preprocessing;
mod script;

pub use classifier::{LoadedClassifier, load_classifier};
pub use error::LoadError;
pub use names::Names;
pub use network::{
    CHECKPOINT_FORMAT, LoadOptions, LoadedNetwork, MAX_WEIGHTS_BYTES, RUN_WEIGHTS, load_network,
};
pub use note::Note;
pub use preprocessing::{Normalize, Preprocessing, PreprocessingOptions};
pub use script::TorchScript;
