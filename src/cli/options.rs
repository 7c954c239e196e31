//! Options that several subcommands share.

use std::num::NonZeroU16;
use std::ops::RangeInclusive;
use std::path::{self, Path};
use std::thread;

use anyhow::{bail, ensure};
use clap::Args;
use clap::builder::{OsStringValueParser, PossibleValuesParser, TypedValueParser};
use lenet5::data::{self, DataError, Dataset, DownloadProgress, Source, TestSet};
use lenet5::train::{Environment, Header};
use lenet5::variant::{self, VARIANTS, Variant};
use torch_twin::device::{self, DeviceChoice};
use torch_twin::threads;

use super::failure::UsageError;
use super::output::shown;
use super::progress::DownloadBar;

/// The numbers of classes that `--classes` takes.
const CLASSES: RangeInclusive<usize> = 2..=256;

/// More threads than cores wait for one another: 16 on 2 cores take some four times as long as 2, and
/// 1024 never end.
const FEW_THREADS: usize = 16;
const THREADS_PER_CORE: usize = 4;

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
    /// most 4 a core, or 16 where that is more
    #[arg(long, value_name = "N", value_parser = thread_count())]
    threads: Option<NonZeroU16>,

    /// Whether a run to go on with has the threads, and not the command line.
    #[arg(skip)]
    is_of_run: bool,
}

impl ThreadOptions {
    /// Sets the threads. They are refused where they are too many for this machine, or where OpenMP would not
    /// start them all.
    pub fn apply(&self) -> anyhow::Result<()> {
        self.set_named()?;
        Ok(threads::check()?)
    }

    fn set_named(&self) -> anyhow::Result<()> {
        match self.threads {
            Some(threads) => self.set(threads.get()),
            None => Ok(()),
        }
    }

    fn set(&self, threads: u16) -> anyhow::Result<()> {
        let cores = thread::available_parallelism().map_or(1, usize::from);
        // Whatever libtorch takes by itself is taken by name too. It may count other cores.
        let default = usize::try_from(tch::get_num_threads()).unwrap_or(1);
        let most = FEW_THREADS.max(THREADS_PER_CORE * cores).max(default);
        if usize::from(threads) <= most {
            tch::set_num_threads(threads.into());
            return Ok(());
        }
        let too_many = format!(
            "{threads} threads are too many for {cores} cores; at most {most} are taken here"
        );
        if self.is_of_run {
            bail!("the run's {too_many}; go on, to other bits, with --threads {default} --force");
        }
        bail!(UsageError(format!("--threads: {too_many}")));
    }
}

impl ComputeOptions {
    /// Takes device and threads from `environment` where no others were named.
    pub fn or_environment(&self, environment: &Environment) -> Self {
        let threads = u16::try_from(environment.threads).ok();
        let of_run = threads.and_then(NonZeroU16::new);
        Self {
            device: match self.device {
                DeviceChoice::Auto => environment.device.parse().unwrap_or(DeviceChoice::Auto),
                named => named,
            },
            threads: ThreadOptions {
                threads: self.threads.threads.or(of_run),
                is_of_run: self.threads.threads.is_none(),
            },
        }
    }

    /// Finds the device and sets the threads. Nothing else of libtorch may be called before.
    pub fn apply(&self) -> anyhow::Result<tch::Device> {
        let device = device::resolve(self.device)?;
        self.threads.apply()?;
        Ok(device)
    }

    /// The same for a command that computes nothing, so that no thread is waited for.
    pub fn apply_unchecked(&self) -> anyhow::Result<tch::Device> {
        let device = device::resolve(self.device)?;
        self.threads.set_named()?;
        Ok(device)
    }
}

fn thread_count() -> impl TypedValueParser<Value = NonZeroU16> {
    clap::value_parser!(u16)
        .range(1..)
        .try_map(NonZeroU16::try_from)
}

/// Which data set to use.
#[derive(Args)]
pub struct DataOptions {
    /// A folder with MNIST's four IDX files, or with pictures as in train/7/photo.png; FOLDER/PREFIX
    /// where the names of IDX files begin with PREFIX, as EMNIST's do; "mnist" (cached, downloaded at
    /// first use), or "sample" (10,000 digits in this program) [default: $LENET5_DATA, else mnist,
    /// else sample]
    #[arg(long, value_name = "WHERE", value_parser = OsStringValueParser::new().map(Source::from))]
    data: Option<Source>,

    /// Number of classes [default: as many as the weights tell apart, else 10]
    #[arg(long, value_name = "N", value_parser = class_count)]
    pub classes: Option<usize>,

    /// The number of the first class in the files of labels: 1 for EMNIST's letters [default: 0]
    #[arg(long, value_name = "N")]
    labels_from: Option<u8>,
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

    /// The number of the first class in the files of labels.
    pub fn labels_from(&self) -> u8 {
        self.labels_from.unwrap_or(0)
    }

    /// Takes data and the number of the first class from the run `saved` where no others were named.
    pub fn or_saved(&self, saved: Option<&Header>) -> Self {
        let source = saved.and_then(|saved| saved.data.as_ref()?.parse().ok());
        Self {
            data: self.data.clone().or(source),
            classes: self.classes,
            labels_from: self.labels_from.or(saved.map(|saved| saved.labels_from)),
        }
    }

    /// Reads the data set, whose labels are below `num_classes`, and warns if it is not the one that
    /// was asked for.
    pub fn load(&self, num_classes: usize) -> anyhow::Result<Dataset> {
        let mut dataset = self.with_bar(data::load)?;
        dataset.count_labels_from(self.labels_from())?;
        dataset.check_labels(num_classes)?;
        warn(dataset.warning.as_deref());
        Ok(dataset)
    }

    /// As [`DataOptions::load`], without the images to train on.
    pub fn load_test_set(&self, num_classes: usize) -> anyhow::Result<TestSet> {
        let mut dataset = self.with_bar(data::load_test_set)?;
        dataset.count_labels_from(self.labels_from())?;
        dataset.check_labels(num_classes)?;
        warn(dataset.warning.as_deref());
        Ok(dataset)
    }

    /// Calls `load` with a bar that shows how a download goes on.
    fn with_bar<T>(&self, load: Load<T>) -> Result<T, DataError> {
        let bar = DownloadBar::new();
        let loaded = load(self.data.as_ref(), &mut |progress| bar.advance(&progress));
        bar.finish();
        loaded
    }
}

type Load<T> = fn(Option<&Source>, &mut dyn FnMut(DownloadProgress)) -> Result<T, DataError>;

fn warn(warning: Option<&str>) {
    if let Some(warning) = warning {
        say!("warning: {warning}");
    }
}

/// Refuses the network in the file `path` if it does not tell as many classes apart as were named, or
/// too many or too few.
pub fn check_classes(path: &Path, num_classes: usize, named: Option<usize>) -> anyhow::Result<()> {
    let path = shown(path);
    ensure!(
        CLASSES.contains(&num_classes),
        "{path}: gives {num_classes} logits an image, and {} to {} are taken",
        CLASSES.start(),
        CLASSES.end()
    );
    let wanted = named.unwrap_or(num_classes);
    ensure!(
        num_classes == wanted,
        "{path}: tells {num_classes} classes apart, not {wanted}; leave --classes out, or name \
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

/// Takes a number; what range it may be from, the settings know.
pub fn number(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(number) if number.is_finite() => Ok(number),
        _ => Err("expected a number".to_owned()),
    }
}
