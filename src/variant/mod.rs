//! The variants that can be chosen by name: what they are called, how they are trained, what the
//! tutorial's tables say of them, and how one is found in a file of weights.

mod design;
mod layers;
mod load;
mod load_error;
mod recipe;
mod registry;
mod script;
mod summary;
mod window;

pub use design::Design;
pub use load::{
    CHECKPOINT_FORMAT, LoadedClassifier, LoadedNetwork, MAX_WEIGHTS_BYTES, RUN_WEIGHTS,
    load_classifier, load_into, load_network,
};
pub use load_error::LoadError;
pub use recipe::{OptimizerName, Recipe, ScheduleName, UnknownName};
pub use registry::{VARIANTS, Variant, deserialize_variant, find};
pub use script::TorchScript;
pub use summary::{LayerSummary, Summary};
