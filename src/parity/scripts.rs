use std::fs;
use std::io;
use std::path::Path;

use tempfile::TempDir;

use super::ParityError;

/// The scripts of the reference, which come along in the program.
const SCRIPTS: &[(&str, &str)] = &[
    ("augment.py", include_str!("../../python_ref/augment.py")),
    ("data.py", include_str!("../../python_ref/data.py")),
    ("export.py", include_str!("../../python_ref/export.py")),
    ("recipe.py", include_str!("../../python_ref/recipe.py")),
    (
        "model/bitmaps.py",
        include_str!("../../python_ref/model/bitmaps.py"),
    ),
    (
        "model/modern.py",
        include_str!("../../python_ref/model/modern.py"),
    ),
    (
        "model/paper.py",
        include_str!("../../python_ref/model/paper.py"),
    ),
    (
        "model/__init__.py",
        include_str!("../../python_ref/model/__init__.py"),
    ),
    (
        "model/classic.py",
        include_str!("../../python_ref/model/classic.py"),
    ),
];

/// Writes the scripts of `python_ref` into a temporary folder, which goes when it is dropped.
///
/// # Errors
/// A folder that cannot be made or written.
pub fn unpack_scripts() -> Result<TempDir, ParityError> {
    let unpack = || {
        let folder = tempfile::tempdir()?;
        fs::create_dir(folder.path().join("model"))?;
        for (name, content) in SCRIPTS {
            fs::write(folder.path().join(Path::new(name)), content)?;
        }
        Ok::<_, io::Error>(folder)
    };
    unpack().map_err(ParityError::TemporaryFolder)
}
