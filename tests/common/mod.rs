//! What several test files need: the PyTorch reference, data sets and comparisons.

#![allow(dead_code, reason = "each test file uses a part")]

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use lenet5::data::{self, Dataset, Source};
use lenet5::parity::{Reference, compare};
use tch::Tensor;

/// A file or folder of the repository.
pub fn repository(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

/// The PyTorch reference. Without it nothing could be compared, so it has to be there.
pub fn reference() -> Reference {
    let python = repository(".venv/bin/python");
    assert!(
        python.exists(),
        "{}: not there; `make venv` sets it up",
        python.display()
    );
    Reference {
        python,
        scripts: repository("python_ref"),
    }
}

/// The folder of the sample, as both languages can read it.
pub fn sample_folder() -> PathBuf {
    repository("src/data/sample")
}

/// The folder of MNIST, if there is one; a test that needs it says that it skips.
pub fn mnist_folder() -> Option<PathBuf> {
    let folder = std::env::var_os("LENET5_DATA").map(PathBuf::from);
    let folder = folder.filter(|folder| folder.is_dir());
    if folder.is_none() {
        eprintln!("skipped: LENET5_DATA names no folder with MNIST");
    }
    folder
}

/// Reads a data set of ten classes.
pub fn load(folder: &Path) -> Dataset {
    let source = Source::Folder(folder.to_owned());
    let loaded = data::load(Some(&source), 10, &mut |_| {});
    loaded.expect("the data set is whole").dataset
}

/// Fails with the first difference of the first tensor that differs.
pub fn assert_identical(name: &str, expected: &Tensor, actual: &Tensor) {
    let comparison = compare(name, expected, actual).expect("tensors of known types");
    assert!(comparison.identical(), "{comparison}");
}

/// Runs a program to its end and fails with what it printed if it fails.
pub fn run<S: AsRef<OsStr>>(program: &Path, arguments: impl IntoIterator<Item = S>) {
    let output = Command::new(program).args(arguments).output();
    let output = output.expect("the program starts");
    let stderr = String::from_utf8_lossy(&output.stderr);
    let status = output.status;
    assert!(
        status.success(),
        "{}: {status}: {stderr}",
        program.display()
    );
}

/// The weights of `classic` after three epochs on the sample, trained once a test file.
pub fn trained_weights() -> &'static Path {
    static WEIGHTS: OnceLock<PathBuf> = OnceLock::new();
    WEIGHTS.get_or_init(|| {
        // A folder for each test file, since cargo may run several at once.
        let test = std::env::current_exe().expect("a test has a path");
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR"));
        let folder = folder.join(test.file_stem().expect("a test has a name"));
        let out = folder.to_str().expect("the target folder has a plain name");
        let options = "train --data sample --epochs 3 --threads 1 --device cpu --force --out";
        let arguments = options.split(' ').chain([out]);
        run(Path::new(env!("CARGO_BIN_EXE_lenet5")), arguments);
        folder.join("model.safetensors")
    })
}
