use std::collections::BTreeMap;
use std::fs;
use std::io::{self, Cursor, Write};
use std::path::Path;

use tch::{CModule, Device, Kind, Tensor};
use zip::ZipWriter;
use zip::result::ZipError;
use zip::write::SimpleFileOptions;

use super::METADATA;
use crate::TorchError;
use crate::atomic_file;
use crate::model::Network;
use crate::weights::WeightsError;

/// The file's name inside its own archive, which must not change from run to run.
const NAME: &str = "lenet5";

/// Writes a network on the CPU as a TorchScript module that Python's `torch.jit.load` reads, in
/// `eval` mode and for any batch size.
///
/// The weights become constants of the program, without names and no longer trained. In Python,
/// `torch.jit.load(path, map_location="cuda")` puts them on a GPU, and
/// `_extra_files={"lenet5.json": ""}` gives `metadata`.
///
/// # Errors
/// A file that cannot be written, or what libtorch refuses to trace.
pub fn save_torchscript(
    path: &Path,
    network: Box<dyn Network>,
    metadata: &BTreeMap<String, String>,
) -> Result<(), WeightsError> {
    let module = trace(network.as_ref())?;
    let io_error = |source| WeightsError::Io {
        path: path.to_owned(),
        source,
    };
    let folder = tempfile::tempdir().map_err(io_error)?;
    let file = folder.path().join(format!("{NAME}.pt"));
    module.save(&file).map_err(TorchError::from)?;
    let archive = fs::read(&file).map_err(io_error)?;
    let archive = with_metadata(archive, metadata).map_err(io::Error::from);
    let archive = archive.map_err(io_error)?;
    atomic_file::write(path, &archive).map_err(io_error)
}

fn trace(network: &dyn Network) -> Result<CModule, TorchError> {
    // A tensor that wants a gradient cannot become a constant.
    for entry in network.state_dict().entries() {
        let _ = entry.tensor.f_set_requires_grad(false)?;
    }
    let images = Tensor::f_zeros([2, 1, 32, 32], (Kind::Float, Device::Cpu))?;
    let mut failure = None;
    let module = CModule::create_by_tracing("LeNet5", "forward", &[images], &mut |inputs| {
        let logits = network.forward(&inputs[0]).unwrap_or_else(|error| {
            failure = Some(error);
            inputs[0].shallow_clone()
        });
        vec![logits]
    })?;
    match failure {
        Some(error) => Err(error),
        None => Ok(module),
    }
}

/// Adds what `torch.jit.save` would add for `_extra_files`.
fn with_metadata(
    archive: Vec<u8>,
    metadata: &BTreeMap<String, String>,
) -> Result<Vec<u8>, ZipError> {
    let metadata = serde_json::to_vec(metadata).map_err(io::Error::from)?;
    let mut archive = ZipWriter::new_append(Cursor::new(archive))?;
    archive.start_file(format!("{NAME}/{METADATA}"), SimpleFileOptions::default())?;
    archive.write_all(&metadata)?;
    Ok(archive.finish()?.into_inner())
}
