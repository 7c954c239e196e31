//! The variants that can be chosen by name: what they are called, how they are trained, what the
//! tutorial's tables say of them, and how one is found in a file of weights.

mod layers;
mod load;
mod recipe;
mod registry;
mod schedule;
mod summary;

pub use load::{
    CHECKPOINT_FORMAT, LoadError, LoadOptions, LoadedClassifier, LoadedNetwork, MAX_WEIGHTS_BYTES,
    Names, Normalize, Note, Preprocessing, PreprocessingOptions, RUN_WEIGHTS, TorchScript,
    load_classifier, load_network,
};
pub use recipe::{OptimizerName, Recipe, UnknownName, ValueError};
pub use registry::Design;
pub use registry::{VARIANTS, Variant, deserialize_variant, find};
pub use schedule::Scheduler;
pub use schedule::{SCHEDULES, Schedule, ScheduleArguments, ScheduleKind};
pub use summary::{LayerSummary, Summary};
