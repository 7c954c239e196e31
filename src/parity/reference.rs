use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::fs;
use std::path::{Path, PathBuf};

use tch::{Kind, Tensor};
use torch_twin::{Generator, Tensors, TorchError, tensor_bytes, weights};

use super::scripts::temporary_folder;
use super::{ParityError, Python};
use crate::data::{Dataset, DatasetFile};
use crate::train::Settings;
use crate::variant::MAX_WEIGHTS_BYTES;

/// The PyTorch reference: a Python that has torch, and the scripts of `python_ref`.
pub struct Reference<'a> {
    /// The Python.
    pub python: Python<'a>,
    /// The folder `python_ref`.
    pub scripts: PathBuf,
}

impl Reference<'_> {
    /// Records the same as [`record`](super::record) into the file `trace`, with as many threads as this process has.
    ///
    /// # Errors
    /// A network that cannot be, weights that do not fit, a folder that cannot be written, and as for
    /// [`Reference::export`].
    pub fn record(
        &self,
        settings: &Settings,
        dataset: &Dataset,
        weights: Option<&Tensors>,
        steps: &[u64],
        trace: &Path,
    ) -> Result<(), ParityError> {
        let mut generator = Generator::manual_seed(0);
        let network = (settings.variant.build)(settings.classes, &mut generator)?;
        let folder = temporary_folder()?;
        write_dataset(dataset, folder.path())?;
        let mut arguments = arguments(settings);
        arguments.extend(["--data".into(), folder.path().into()]);
        if let Some(weights) = weights {
            let file = folder.path().join("weights.safetensors");
            let state_dict = network.state_dict();
            weights::load_state_dict(weights, &state_dict)?;
            weights::save(&file, state_dict.iter(), &BTreeMap::new())?;
            arguments.extend(["--weights".into(), file.into()]);
        }
        arguments.push("--steps".into());
        arguments.extend(steps.iter().map(|step| step.to_string().into()));
        self.write(trace, arguments)
    }

    /// Runs `export.py` and reads what it wrote.
    ///
    /// # Errors
    /// A Python that cannot be started or goes beyond its limits, or a script that fails: its last line
    /// is the error's text.
    pub fn export<S: AsRef<OsStr>>(
        &self,
        arguments: impl IntoIterator<Item = S>,
    ) -> Result<Tensors, ParityError> {
        let folder = temporary_folder()?;
        let file = folder.path().join("reference.safetensors");
        self.write(&file, arguments)?;
        Ok(weights::load(&file, MAX_WEIGHTS_BYTES)?.tensors)
    }

    /// Runs `export.py`, which writes `file`.
    fn write<S: AsRef<OsStr>>(
        &self,
        file: &Path,
        arguments: impl IntoIterator<Item = S>,
    ) -> Result<(), ParityError> {
        let mut command = self.python.command();
        command.arg(self.scripts.join("export.py"));
        command.arg("--out").arg(file).args(arguments);
        self.python.run(command)
    }
}

/// The options of `export.py` for these settings, up to those of the sub-command `trace`.
fn arguments(settings: &Settings) -> Vec<OsString> {
    let recipe = &settings.recipe;
    let options = [
        ("--variant", settings.variant.name.to_owned()),
        // PyTorch takes seeds of 64 bits as signed numbers.
        ("--seed", settings.seed.cast_signed().to_string()),
        ("--classes", settings.classes.to_string()),
        ("--batch-size", recipe.batch_size.to_string()),
        ("trace", String::new()),
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

/// Writes a data set as four plain IDX files, for the reference to read.
///
/// # Errors
/// A folder that cannot be written.
pub fn write_dataset(dataset: &Dataset, folder: &Path) -> Result<(), ParityError> {
    for file in DatasetFile::ALL {
        let values = match file {
            DatasetFile::TrainImages => &dataset.train.images,
            DatasetFile::TrainLabels => &dataset.train.labels,
            DatasetFile::TestImages => &dataset.test.images,
            DatasetFile::TestLabels => &dataset.test.labels,
        };
        let bytes = idx(file, values)?;
        let written = fs::write(folder.join(file.name()), bytes);
        written.map_err(ParityError::TemporaryFolder)?;
    }
    Ok(())
}

fn idx(file: DatasetFile, values: &Tensor) -> Result<Vec<u8>, TorchError> {
    let mut bytes = file.kind().magic().to_be_bytes().to_vec();
    for side in values.size() {
        // IDX counts in 32 bits, and so did the file that these came from.
        bytes.extend((side as u32).to_be_bytes());
    }
    bytes.extend(tensor_bytes(&values.f_to_kind(Kind::Uint8)?)?);
    Ok(bytes)
}
