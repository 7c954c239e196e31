//! TorchScript: programs with their weights, as `torch.jit.save` writes them.

mod export;
mod guard;
mod metadata;
mod module;
mod state;

pub use export::save_torchscript;
pub(super) use metadata::load_metadata;
pub use module::{ScriptError, ScriptModule};
pub(super) use state::load_state;
