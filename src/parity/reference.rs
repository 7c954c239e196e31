use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use tch::Tensor;

use super::ParityError;
use crate::weights;

/// The PyTorch reference: a Python that has torch, and the scripts of `python_ref`.
pub struct Reference {
    /// The Python interpreter.
    pub python: PathBuf,
    /// The folder `python_ref`.
    pub scripts: PathBuf,
}

impl Reference {
    /// Runs `export.py` and reads what it wrote.
    ///
    /// # Errors
    /// A Python that cannot be started, or a script that fails: its last line is the error's text.
    pub fn export<S: AsRef<OsStr>>(
        &self,
        arguments: impl IntoIterator<Item = S>,
    ) -> Result<BTreeMap<String, Tensor>, ParityError> {
        let folder = tempfile::tempdir().map_err(ParityError::TemporaryFolder)?;
        let file = folder.path().join("reference.safetensors");
        let mut command = Command::new(&self.python);
        command.arg(self.scripts.join("export.py"));
        command.arg("--out").arg(&file).args(arguments);
        self.run(command)?;
        Ok(weights::load(&file)?.tensors)
    }

    fn run(&self, mut command: Command) -> Result<(), ParityError> {
        command.stdin(Stdio::null());
        let output = command.output().map_err(|source| ParityError::Start {
            python: self.python.clone(),
            source,
        })?;
        if output.status.success() {
            return Ok(());
        }
        let stderr = String::from_utf8_lossy(&output.stderr);
        Err(ParityError::Script {
            python: self.python.clone(),
            status: output.status,
            message: stderr.lines().last().unwrap_or("no output").to_owned(),
        })
    }
}
