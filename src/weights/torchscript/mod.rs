//! TorchScript: programs with their weights, as `torch.jit.save` writes them.

mod export;
mod guard;
mod module;
mod state;

pub use export::save_torchscript;
pub use module::TorchScript;
pub(super) use state::load_state;

use std::collections::BTreeMap;
use std::path::Path;

use super::WeightsError;
use super::archive::Archive;

/// Where a module keeps what it says of itself, as one of PyTorch's `_extra_files`.
const METADATA: &str = "extra/lenet5.json";

/// What a module written by [`save_torchscript`] says of itself; nothing for others.
pub(super) fn load_metadata(
    path: &Path,
    contents: &[u8],
) -> Result<BTreeMap<String, String>, WeightsError> {
    let mut archive = Archive::open(path, contents)?;
    if !archive.contains(METADATA) {
        return Ok(BTreeMap::new());
    }
    let metadata = archive.read(METADATA)?;
    serde_json::from_slice(&metadata).map_err(|error| WeightsError::Malformed {
        path: path.to_owned(),
        format: "TorchScript file",
        reason: format!("{METADATA}: {error}"),
    })
}
