use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use clap::ValueEnum;
use tch::Tensor;

use super::{ParityError, write_dataset};
use crate::data::Dataset;
use crate::libtorch;
use crate::model::Variant;
use crate::nn::Generator;
use crate::train::Settings;
use crate::weights::{self, Weights};

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
        variant: &Variant,
        settings: &Settings,
        dataset: &Dataset,
        weights: Option<&Weights>,
        steps: &[usize],
    ) -> Result<BTreeMap<String, Tensor>, ParityError> {
        let folder = tempfile::tempdir().map_err(ParityError::TemporaryFolder)?;
        write_dataset(dataset, folder.path())?;
        let recipe = &settings.recipe;
        let optimizer = recipe.optimizer.to_possible_value();
        // PyTorch takes seeds of 64 bits as signed numbers.
        let options = [
            ("--variant", settings.variant.clone()),
            ("--seed", settings.seed.cast_signed().to_string()),
            ("--classes", settings.classes.to_string()),
            ("--batch-size", recipe.batch_size.to_string()),
        ];
        let stages_options = [
            ("--test-batch-size", settings.test_batch_size.to_string()),
            ("--lr", recipe.lr.to_string()),
            (
                "--optimizer",
                optimizer.map_or_else(String::new, |name| name.get_name().to_owned()),
            ),
            ("--momentum", recipe.momentum.to_string()),
            ("--weight-decay", recipe.weight_decay.to_string()),
            ("--rotation", recipe.augmentation.rotation.to_string()),
            ("--shift", recipe.augmentation.shift.to_string()),
            ("--threads", tch::get_num_threads().to_string()),
        ];
        let words = |(name, value): (&str, String)| [name.into(), value.into()];
        let mut arguments: Vec<OsString> = options.into_iter().flat_map(words).collect();
        arguments.push("stages".into());
        arguments.extend(stages_options.into_iter().flat_map(words));
        arguments.extend(["--data".into(), folder.path().into()]);
        if let Some(weights) = weights {
            let file = folder.path().join("weights.safetensors");
            let network = (variant.build)(settings.classes, &mut Generator::manual_seed(0))?;
            weights.copy_into(&network.state_dict())?;
            weights::save(&file, &network.state_dict(), &BTreeMap::new())?;
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
    ) -> Result<BTreeMap<String, Tensor>, ParityError> {
        let folder = tempfile::tempdir().map_err(ParityError::TemporaryFolder)?;
        let file = folder.path().join("reference.safetensors");
        let mut command = Command::new(&self.python);
        command.arg(self.scripts.join("export.py"));
        command.arg("--out").arg(&file).args(arguments);
        self.run(command)?;
        Ok(weights::load(&file)?.tensors)
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
            message: stderr.lines().last().unwrap_or("no output").to_owned(),
        })
    }
}

/// The module that an import did not find.
fn missing_module(stderr: &str) -> Option<String> {
    let rest = stderr
        .lines()
        .last()?
        .strip_prefix("ModuleNotFoundError: No module named ")?;
    Some(rest.trim_matches('\'').to_owned())
}
