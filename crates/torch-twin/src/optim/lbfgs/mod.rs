//! `torch.optim.LBFGS`, operation by operation.

mod line_search;
mod number;
mod optimizer;
mod options;
mod state;

pub use optimizer::Lbfgs;
pub use options::{LbfgsOptions, LineSearch};
