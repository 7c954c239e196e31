use std::path::{Path, PathBuf};

use super::{once_a_run, reference, repository, run};

/// Writes into `folder` the network with seed 0 in every format of PyTorch; a safetensors file of
/// other weights may be given.
pub fn export_formats(folder: &Path, weights: Option<&Path>) {
    let script = repository("python_ref/export_formats.py");
    let mut arguments = vec![script.as_path(), "--out".as_ref(), folder];
    if let Some(weights) = weights {
        arguments.extend(["--weights".as_ref(), weights]);
    }
    run(&reference().python.path, arguments);
}

/// A file that [`export_formats`] writes of the network with seed 0.
pub fn exported(name: &str) -> PathBuf {
    once_a_run("formats", |folder| export_formats(folder, None)).join(name)
}
