//! Normalisation: `BatchNorm1d`, `BatchNorm2d`, `LayerNorm`, `GroupNorm`.

mod affine;
mod batch_norm;
mod group_norm;
mod layer_norm;

pub use batch_norm::{BatchNorm, BatchNorm1d, BatchNorm2d, BatchNormBuilder, RunningStatistics};
pub use group_norm::{GroupNorm, GroupNormBuilder};
pub use layer_norm::{LayerNorm, LayerNormBuilder};

/// What PyTorch adds to a variance by default, so that it is never 0.
const EPS: f64 = 1e-5;
