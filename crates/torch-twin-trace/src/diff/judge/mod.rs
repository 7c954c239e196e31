//! Finds the first difference.
//!
//! Steps are judged in their order, and in a step what depends on nothing else of it comes first: the calls
//! of modules, the buffers that they change, the loss, gradients, the optimizer's state, the weights. Where
//! modules are called again after that, the step has a further part, which is judged after it.

mod backward;
mod call;
mod evidence;
mod forward;
mod initial;
mod input;
mod one_sided;
mod optimizer;
mod step;
mod traces;

pub use initial::verdict_on_weights;
pub use traces::verdict;
