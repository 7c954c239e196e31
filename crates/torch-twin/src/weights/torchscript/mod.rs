//! TorchScript: programs with their weights, as `torch.jit.save` writes them.

mod export;
mod guard;
mod module;

pub use export::save_torchscript;
pub use module::{ScriptError, ScriptModule};
