//! TorchScript: programs with their weights, as `torch.jit.save` writes them.

mod module;
mod state;

pub use module::TorchScript;
pub(super) use state::load_state;
