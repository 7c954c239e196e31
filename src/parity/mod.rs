//! Comparison by bits with the PyTorch reference.

mod compare;
mod error;
mod reference;
mod stages;

pub use compare::{Comparison, Difference, compare};
pub use error::ParityError;
pub use reference::Reference;
pub use stages::{Stages, stages};
