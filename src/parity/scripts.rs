use super::ParityError;
use std::path::Path;
use std::{fs, io};
use tempfile::{Builder, TempDir};

/// A script's name and its text.
macro_rules! script {
    ($name:literal) => {
        ($name, include_str!(concat!("../../python_ref/", $name)))
    };
}

/// The scripts of the reference, which come along in the program, and the recorder that they import.
const SCRIPTS: &[(&str, &str)] = &[
    (
        "torch_twin/__init__.py",
        include_str!("../../python/torch_twin/__init__.py"),
    ),
    (
        "torch_twin/recorder.py",
        include_str!("../../python/torch_twin/recorder.py"),
    ),
    script!("augment.py"),
    script!("data.py"),
    script!("export.py"),
    script!("recipe.py"),
    script!("threads.py"),
    script!("model/__init__.py"),
    script!("model/classic.py"),
    script!("model/modern.py"),
    script!("model/paper/__init__.py"),
    script!("model/paper/bitmaps.py"),
    script!("model/paper/init.py"),
    script!("model/paper/network.py"),
    script!("model/paper/partial_conv.py"),
    script!("model/paper/rbf.py"),
    script!("model/paper/subsampling.py"),
];

/// Writes the scripts of `python_ref` into a temporary folder, which goes when it is dropped.
///
/// # Errors
/// A folder that cannot be made or written.
pub fn unpack_scripts() -> Result<TempDir, ParityError> {
    let folder = temporary_folder()?;
    let unpack = || {
        for folder_of_scripts in ["model/paper", "torch_twin"] {
            fs::create_dir_all(folder.path().join(folder_of_scripts))?;
        }
        for (name, content) in SCRIPTS {
            fs::write(folder.path().join(Path::new(name)), content)?;
        }
        Ok::<_, io::Error>(())
    };
    unpack().map_err(ParityError::TemporaryFolder)?;
    Ok(folder)
}

/// A temporary folder whose name says whose it is, and which goes when it is dropped.
pub fn temporary_folder() -> Result<TempDir, ParityError> {
    let folder = Builder::new().prefix("lenet5-parity-").tempdir();
    folder.map_err(ParityError::TemporaryFolder)
}
