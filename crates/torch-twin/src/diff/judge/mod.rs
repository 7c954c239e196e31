//! Finds the first difference.
//!
//! Steps are judged in their order, and in a step what depends on nothing else of it comes first: the calls
//! of modules, the buffers that they change, the loss, gradients, the optimiser's state, the weights.

mod backward;
mod call;
mod forward;
mod one_sided;
mod optimizer;
mod step;
mod trace_rows;
mod traces;
mod weights;

pub use traces::verdict;
pub use weights::verdict_on_weights;
