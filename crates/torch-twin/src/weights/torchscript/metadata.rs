use std::collections::BTreeMap;

use crate::weights::WeightsError;
use crate::weights::archive::Archive;

/// Where the module NAME keeps what it says of itself: in one of PyTorch's `_extra_files`.
pub fn metadata_file(name: &str) -> String {
    format!("extra/{name}.json")
}

/// What a module written by [`save_torchscript`](super::save_torchscript) says of itself; nothing
/// for others.
pub fn load_metadata(
    contents: &[u8],
    max_bytes: u64,
) -> Result<BTreeMap<String, String>, WeightsError> {
    let mut archive = Archive::open(contents, max_bytes)?;
    let file = metadata_file(archive.folder());
    if !archive.contains(&file) {
        return Ok(BTreeMap::new());
    }
    let metadata = archive.read(&file)?;
    serde_json::from_slice(&metadata)
        .map_err(|error| WeightsError::malformed("TorchScript file", format!("{file}: {error}")))
}
