//! Options that several subcommands share.

use std::ops::RangeInclusive;
use std::path::{self, Path};
use std::thread;

use anyhow::{anyhow, ensure};
use clap::Args;
use clap::builder::{OsStringValueParser, PossibleValuesParser, TypedValueParser};
use lenet5::data::{self, Dataset, Source};
use lenet5::train::Environment;
use lenet5::variant::{self, VARIANTS, Variant};
use torch_twin::device::{self, DeviceChoice, DeviceError};

use super::output::shown;
use super::progress::DownloadBar;

/// The numbers of classes that `--classes` takes.
const CLASSES: RangeInclusive<usize> = 2..=256;

/// This many threads are bearable on few cores too; far more than there are cores wait for one
/// another without end.
const FEW_THREADS: u16 = 16;

/// Where and with how many threads tensors are computed.
#[derive(Clone, Args)]
pub struct ComputeOptions {
    /// Where to compute: auto, cpu, cuda, cuda:N or mps; auto takes a GPU where there is one
    #[arg(long, default_value = "auto", value_name = "DEVICE")]
    pub device: DeviceChoice,

    #[command(flatten)]
    threads: ThreadOptions,
}

/// With how many threads tensors are computed on the CPU.
#[derive(Clone, Args)]
pub struct ThreadOptions {
    /// Threads inside an operation, as torch.set_num_threads; results are equal at equal counts. At
    /// most 16, or four a core
    #[arg(long, value_name = "N", value_parser = thread_count)]
    threads: Option<u16>,
}

impl ThreadOptions {
    /// Sets the threads.
    pub fn apply(&self) {
        if let Some(threads) = self.threads {
            tch::set_num_threads(threads.into());
        }
    }
}

impl ComputeOptions {
    /// Takes device and threads from `environment` where no others were named.
    pub fn or_environment(&self, environment: &Environment) -> anyhow::Result<Self> {
        let threads = match self.threads.threads {
            Some(threads) => threads,
            None => thread_count(&environment.threads.to_string()).map_err(|error| {
                anyhow!(
                    "the run has {} threads, and this machine: {error}; go on with another number \
                     and other last bits: --threads N --force",
                    environment.threads
                )
            })?,
        };
        Ok(Self {
            device: match self.device {
                DeviceChoice::Auto => environment.device.parse().unwrap_or(DeviceChoice::Auto),
                named => named,
            },
            threads: ThreadOptions {
                threads: Some(threads),
            },
        })
    }

    /// Finds the device and sets the threads. Nothing else of libtorch may be called before.
    pub fn apply(&self) -> Result<tch::Device, DeviceError> {
        let device = device::resolve(self.device)?;
        self.threads.apply();
        Ok(device)
    }
}

fn thread_count(text: &str) -> Result<u16, String> {
    let cores = thread::available_parallelism().map_or(1, usize::from);
    let most = usize::from(FEW_THREADS).max(4 * cores);
    let count = within(text, 1, most).map_err(|error| format!("{error}: it has {cores} cores"))?;
    u16::try_from(count).map_err(|error| error.to_string())
}

/// Which data set to use.
#[derive(Args)]
pub struct DataOptions {
    /// A folder with MNIST's four IDX files, or "mnist" (cached, downloaded at first use), or
    /// "sample" (10,000 digits in this program) [default: $LENET5_DATA, else mnist, else sample]
    #[arg(long, value_name = "WHERE", value_parser = OsStringValueParser::new().map(Source::from))]
    data: Option<Source>,

    /// Number of classes [default: 10]
    #[arg(long, value_name = "N", value_parser = class_count)]
    pub classes: Option<usize>,
}

impl DataOptions {
    pub fn classes(&self) -> usize {
        self.classes.unwrap_or(10)
    }

    /// The source that was named, as a text that names it from any folder.
    pub fn source(&self) -> Option<String> {
        match self.data.as_ref()? {
            Source::Mnist => Some("mnist".to_owned()),
            Source::Sample => Some("sample".to_owned()),
            Source::Folder(folder) => path::absolute(folder).ok()?.to_str().map(str::to_owned),
        }
    }

    /// Takes data from `source` where no other was named, with so many classes.
    pub fn or_source(&self, source: Option<&str>, classes: usize) -> Self {
        let saved = source.and_then(|source| source.parse().ok());
        Self {
            data: self.data.clone().or(saved),
            classes: Some(classes),
        }
    }

    /// Reads the data set, and warns if it is not the one that was asked for.
    pub fn load(&self) -> anyhow::Result<Dataset> {
        let bar = DownloadBar::new();
        let loaded = data::load(self.data.as_ref(), &mut |progress| bar.advance(&progress));
        bar.finish();
        let dataset = loaded?;
        dataset.check_labels(self.classes())?;
        if let Some(warning) = &dataset.warning {
            say!("warning: {warning}");
        }
        Ok(dataset)
    }
}

/// Refuses the network in the file `path` if it does not tell so many classes apart.
pub fn check_classes(path: &Path, num_classes: usize, wanted: usize) -> anyhow::Result<()> {
    let path = shown(path);
    ensure!(
        num_classes == wanted || CLASSES.contains(&num_classes),
        "{path}: gives {num_classes} logits an image, and {} to {} are taken",
        CLASSES.start(),
        CLASSES.end()
    );
    ensure!(
        num_classes == wanted,
        "{path}: tells {num_classes} classes apart, not {wanted}; name them with --classes \
         {num_classes}"
    );
    Ok(())
}

/// Takes the name of a network's variant.
pub fn variant_parser() -> impl TypedValueParser<Value = &'static Variant> {
    let names = VARIANTS.iter().map(|variant| variant.name);
    PossibleValuesParser::new(names).try_map(|name| variant::find(&name).ok_or("no such variant"))
}

/// Takes a number of images that a batch can have.
pub fn batch_size(text: &str) -> Result<usize, String> {
    within(text, 1, 100_000)
}

fn class_count(text: &str) -> Result<usize, String> {
    within(text, *CLASSES.start(), *CLASSES.end())
}

fn within(text: &str, least: usize, most: usize) -> Result<usize, String> {
    match text.parse() {
        Ok(number) if (least..=most).contains(&number) => Ok(number),
        _ => Err(format!("expected a number from {least} to {most}")),
    }
}
