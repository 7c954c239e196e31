//! What TorchScript archives hold beside their program, which is not run.

use std::collections::BTreeMap;

use super::archive::Archive;
use super::{FileError, Weights, torch_save};

/// The tensors of a TorchScript module by their `state_dict` names, BatchNorm's running statistics among them.
pub(super) fn parse(contents: &[u8], max_bytes: u64) -> Result<Weights, FileError> {
    let weights = torch_save::attributes(contents, max_bytes)?;
    if weights.tensors.is_empty() {
        let reason = "holds no weights with names, only a program with constants, as tracing a function makes it; \
                      take the weights that it was made from";
        return Err(FileError::TorchScript(reason.to_owned()));
    }
    Ok(Weights {
        metadata: load_metadata(contents, max_bytes)?,
        ..weights
    })
}

/// The tensors of an archive without a program, such as a `VarStore` of tch, which writes `|` for the points in names.
pub(super) fn parse_var_store(contents: &[u8], max_bytes: u64) -> Result<Weights, FileError> {
    let mut weights = torch_save::attributes(contents, max_bytes)?;
    if weights.tensors.is_empty() {
        return Err(FileError::malformed("VarStore", "holds no tensor"));
    }
    for (name, _) in &mut weights.tensors {
        *name = name.replace('|', ".");
    }
    Ok(weights)
}

/// Where the module `name` keeps its metadata: in one of PyTorch's `_extra_files`.
pub fn metadata_file(name: &str) -> String {
    format!("extra/{name}.json")
}

/// The metadata of a TorchScript module that torch-twin's `save_torchscript` wrote; others have none.
///
/// # Errors
/// A damaged archive, or metadata that is no JSON object of texts.
pub fn load_metadata(
    contents: &[u8],
    max_bytes: u64,
) -> Result<BTreeMap<String, String>, FileError> {
    let mut archive = Archive::open(contents, max_bytes)?;
    let file = metadata_file(archive.folder());
    if !archive.contains(&file) {
        return Ok(BTreeMap::new());
    }
    let metadata = archive.read(&file)?;
    serde_json::from_slice(&metadata)
        .map_err(|error| FileError::malformed("TorchScript file", format!("{file}: {error}")))
}

/// Whether an archive has a program: code that does more than to declare the parameters of a class.
pub(super) fn has_program(archive: &mut Archive<'_>) -> Result<bool, FileError> {
    let is_code = |name: &&str| name.starts_with("code/") && name.ends_with(".py");
    let names: Vec<_> = archive.names().filter(is_code).map(str::to_owned).collect();
    for name in names {
        let code = archive.read(&name)?;
        let has = |word: &[u8]| code.windows(word.len()).any(|window| window == word);
        if has(b"def ") || !has(b"class ") {
            return Ok(true);
        }
    }
    Ok(false)
}
