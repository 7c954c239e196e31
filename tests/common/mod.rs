//! What several test files need: the binary, the PyTorch reference, data sets, formats.

#![allow(dead_code, unused_imports, reason = "each test file uses a part")]

mod datasets;
mod formats;
mod identical;
mod networks;
#[path = "../../crates/torch-twin/tests/common/once_a_run.rs"]
mod once_a_run;
#[cfg(unix)]
mod other_user;
mod program;
mod python;
#[path = "../../crates/torch-twin/tests/common/skip_teardown.rs"]
mod skip_teardown;
#[path = "../../crates/torch-twin/tests/common/warm_python/mod.rs"]
mod warm_python;

pub use datasets::{SMALL_TRAIN, idx, load, mnist_folder, sample_folder, write_small_dataset};
pub use formats::{export_formats, exported};
pub use identical::assert_identical;
pub use networks::{classify, libtorch_logits, write_network};
pub use once_a_run::once_a_run;
#[cfg(unix)]
pub use other_user::as_another_user;
pub use program::{
    LIMIT, best_weights, json_file, json_lines, json_object, lenet5, short_training, signal, spawn,
    stderr, text, train_variant, trained_weights,
};
pub use python::{parity, python, python_in, reference, run, venv_python};

use std::path::{Path, PathBuf};

/// A file or folder of the repository.
pub fn repository(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}
