use std::collections::BTreeMap;
use std::fs;
use std::io::{self, Cursor, Write};
use std::path::Path;

use tch::{CModule, Tensor};
use torch_twin_trace::weights::{ARCHIVE_CONFIG, FileError, metadata_file};
use zip::ZipWriter;
use zip::result::ZipError;
use zip::write::SimpleFileOptions;

use crate::nn::{ForwardPass, Layer};
use crate::weights::WeightsError;
use crate::{TorchError, atomic_file};

/// Writes a network on the CPU as a TorchScript module that Python's `torch.jit.load` reads, in
/// `eval` mode: what `torch.jit.trace(layer, input)` makes of it.
///
/// The weights become constants of the program, without names and no longer trained. In Python,
/// `torch.jit.load(path, map_location="cuda")` puts them on a GPU, and
/// `_extra_files={"NAME.json": ""}` gives `metadata`. Equal networks make equal files of one `name`.
///
/// # Errors
/// A file that cannot be written, or what libtorch refuses to trace.
pub fn save_torchscript(
    path: &Path,
    name: &str,
    layer: &dyn Layer,
    input: &Tensor,
    metadata: &BTreeMap<String, String>,
) -> Result<(), WeightsError> {
    let folder = tempfile::tempdir().map_err(FileError::Io)?;
    // The file's name stands inside its own archive.
    let file = folder.path().join(format!("{name}.pt"));
    write_trace(&file, layer, input)?;
    let archive = fs::read(&file).map_err(FileError::Io)?;
    let archive =
        with_metadata(archive, name, metadata).map_err(|error| FileError::Io(error.into()))?;
    Ok(atomic_file::write(path, &archive).map_err(FileError::Io)?)
}

fn write_trace(file: &Path, layer: &dyn Layer, input: &Tensor) -> Result<(), TorchError> {
    let state_dict = layer.state_dict();
    let parameters = state_dict.parameters().map(|entry| &entry.tensor);
    let trained: Vec<&Tensor> = parameters.filter(|tensor| tensor.requires_grad()).collect();
    // A tensor that wants a gradient can be no constant, neither when traced nor when written.
    set_requires_grad(&trained, false)?;
    let written = trace(layer, input).and_then(|module| Ok(module.save(file)?));
    set_requires_grad(&trained, true)?;
    written
}

fn set_requires_grad(tensors: &[&Tensor], requires_grad: bool) -> Result<(), TorchError> {
    for tensor in tensors {
        let _ = tensor.f_set_requires_grad(requires_grad)?;
    }
    Ok(())
}

fn trace(layer: &dyn Layer, input: &Tensor) -> Result<CModule, TorchError> {
    // A file may be called what a class may not.
    const CLASS: &str = "Traced";
    let mut failure = None;
    let mut forward = |inputs: &[Tensor]| {
        let output = layer.forward(&inputs[0], &mut ForwardPass::eval());
        let output = output.unwrap_or_else(|error| {
            failure = Some(error);
            inputs[0].shallow_clone()
        });
        vec![output]
    };
    let inputs = [input.shallow_clone()];
    let module = CModule::create_by_tracing(CLASS, "forward", &inputs, &mut forward);
    match failure {
        Some(error) => Err(error),
        None => Ok(module?),
    }
}

/// Adds what `torch.jit.save` would add for `_extra_files`.
fn with_metadata(
    archive: Vec<u8>,
    name: &str,
    metadata: &BTreeMap<String, String>,
) -> Result<Vec<u8>, ZipError> {
    let metadata = serde_json::to_vec(metadata).map_err(io::Error::from)?;
    let mut archive = ZipWriter::new_append_with_config(ARCHIVE_CONFIG, Cursor::new(archive))?;
    let file = format!("{name}/{}", metadata_file(name));
    archive.start_file(file, SimpleFileOptions::default())?;
    archive.write_all(&metadata)?;
    Ok(archive.finish()?.into_inner())
}
