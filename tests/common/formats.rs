use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use super::{reference, repository, run};

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
    static FOLDER: OnceLock<PathBuf> = OnceLock::new();
    let folder = FOLDER.get_or_init(|| {
        // A folder for each test file, since cargo may run several at once.
        let test = std::env::current_exe().expect("a test has a path");
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("formats");
        let folder = folder.join(test.file_stem().expect("a test has a name"));
        export_formats(&folder, None);
        folder
    });
    folder.join(name)
}
