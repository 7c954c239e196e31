//! Optimisers, as `torch.optim`.

mod adam;
mod state;

pub use adam::Adam;
pub use state::{OptimizerState, OptimizerStateError};
