use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use torch_twin::{Generator, Tensors, libtorch, printable, weights};

use super::{ParityError, write_dataset};
use crate::data::Dataset;
use crate::train::Settings;
use crate::variant::MAX_WEIGHTS_BYTES;

/// The PyTorch reference: a Python that has torch, and the scripts of `python_ref`.
pub struct Reference {
    /// The Python interpreter.
    pub python: PathBuf,
    /// The folder `python_ref`.
    pub scripts: PathBuf,
}

impl Reference {
    /// The Python that `make` sets up: in `.venv` of the working directory, or of a folder above
    /// the program, or around the libtorch in use.
    pub fn find_python() -> Option<PathBuf> {
        let here = std::env::current_dir().ok();
        let program = std::env::current_exe().ok();
        let above_program = program.iter().flat_map(|program| program.ancestors());
        let beside = here.iter().map(PathBuf::as_path).chain(above_program);
        let beside = beside.map(|folder| folder.join(".venv"));
        let libtorch = libtorch::directory();
        let around = libtorch.ancestors().map(Path::to_owned);
        let around = around.filter(|folder| folder.join("pyvenv.cfg").is_file());
        let mut pythons = beside
            .chain(around)
            .map(|venv| venv.join("bin").join("python"));
        pythons.find(|python| python.is_file())
    }

    /// The version of the torch that the Python has.
    ///
    /// # Errors
    /// A Python that cannot be started, or has no torch.
    pub fn torch_version(&self) -> Result<String, ParityError> {
        let mut command = Command::new(&self.python);
        command.args(["-c", "import torch; print(torch.__version__)"]);
        Ok(self.run(command)?.trim().to_owned())
    }

    /// What the reference makes of the same as [`stages`](super::stages()), on as many threads as
    /// this process has.
    ///
    /// # Errors
    /// Weights that do not fit, a temporary folder that cannot be written, and as for
    /// [`Reference::export`].
    pub fn stages(
        &self,
        settings: &Settings,
        dataset: &Dataset,
        weights: Option<&Tensors>,
        steps: &[usize],
    ) -> Result<Tensors, ParityError> {
        let folder = tempfile::tempdir().map_err(ParityError::TemporaryFolder)?;
        write_dataset(dataset, folder.path())?;
        let mut arguments = arguments(settings);
        arguments.extend(["--data".into(), folder.path().into()]);
        if let Some(weights) = weights {
            let file = folder.path().join("weights.safetensors");
            let mut generator = Generator::manual_seed(0);
            let network = (settings.variant.build)(settings.classes, &mut generator)?;
            let state_dict = network.state_dict();
            weights::load_state_dict(weights, &state_dict)?;
            weights::save(&file, state_dict.iter(), &BTreeMap::new())?;
            arguments.extend(["--weights".into(), file.into()]);
        }
        arguments.push("--steps".into());
        arguments.extend(steps.iter().map(|step| step.to_string().into()));
        self.export(arguments)
    }

    /// Runs `export.py` and reads what it wrote.
    ///
    /// # Errors
    /// A Python that cannot be started, or a script that fails: its last line is the error's text.
    pub fn export<S: AsRef<OsStr>>(
        &self,
        arguments: impl IntoIterator<Item = S>,
    ) -> Result<Tensors, ParityError> {
        let folder = tempfile::tempdir().map_err(ParityError::TemporaryFolder)?;
        let file = folder.path().join("reference.safetensors");
        let mut command = Command::new(&self.python);
        command.arg(self.scripts.join("export.py"));
        command.arg("--out").arg(&file).args(arguments);
        self.run(command)?;
        Ok(weights::load(&file, MAX_WEIGHTS_BYTES)?.tensors)
    }

    /// Runs the Python and returns what it printed.
    fn run(&self, mut command: Command) -> Result<String, ParityError> {
        command.stdin(Stdio::null());
        let output = command.output().map_err(|source| ParityError::Start {
            python: self.python.clone(),
            source,
        })?;
        if output.status.success() {
            return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
        }
        let stderr = String::from_utf8_lossy(&output.stderr);
        if let Some(module) = missing_module(&stderr) {
            return Err(ParityError::MissingModule {
                python: self.python.clone(),
                module,
            });
        }
        Err(ParityError::Script {
            python: self.python.clone(),
            status: output.status,
            message: printable(stderr.lines().last().unwrap_or("no output")),
        })
    }
}

/// The options of `export.py` for these settings, up to those of the sub-command `stages`.
fn arguments(settings: &Settings) -> Vec<OsString> {
    let recipe = &settings.recipe;
    let options = [
        ("--variant", settings.variant.name.to_owned()),
        // PyTorch takes seeds of 64 bits as signed numbers.
        ("--seed", settings.seed.cast_signed().to_string()),
        ("--classes", settings.classes.to_string()),
        ("--batch-size", recipe.batch_size.to_string()),
        ("stages", String::new()),
        ("--test-batch-size", settings.test_batch_size.to_string()),
        ("--lr", recipe.lr.to_string()),
        ("--optimizer", recipe.optimizer.name().to_owned()),
        ("--momentum", recipe.momentum.to_string()),
        ("--weight-decay", recipe.weight_decay.to_string()),
        ("--rotation", recipe.augmentation.rotation.to_string()),
        ("--shift", recipe.augmentation.shift.to_string()),
        ("--threads", tch::get_num_threads().to_string()),
    ];
    options
        .into_iter()
        .flat_map(|(name, value)| [name.to_owned(), value])
        .filter(|word| !word.is_empty())
        .map(OsString::from)
        .collect()
}

/// The module that an import did not find.
fn missing_module(stderr: &str) -> Option<String> {
    let rest = stderr
        .lines()
        .last()?
        .strip_prefix("ModuleNotFoundError: No module named ")?;
    Some(rest.trim_matches('\'').to_owned())
}
