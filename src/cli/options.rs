//! Options that several subcommands share.

use std::num::NonZeroU16;

use clap::Args;
use clap::builder::{PossibleValuesParser, TypedValueParser};
use lenet5::data::{self, Dataset, Source};
use lenet5::device::{self, DeviceChoice, DeviceError};
use lenet5::model;

use super::progress::DownloadBar;

/// Where and with how many threads tensors are computed.
#[derive(Args)]
pub struct ComputeOptions {
    /// Where to compute: auto, cpu, cuda, cuda:N or mps; auto takes a GPU where there is one
    #[arg(long, default_value = "auto", value_name = "DEVICE")]
    pub device: DeviceChoice,

    #[command(flatten)]
    threads: ThreadOptions,
}

/// With how many threads tensors are computed on the CPU.
#[derive(Args)]
pub struct ThreadOptions {
    /// Threads inside an operation, as torch.set_num_threads; results are equal at equal counts
    #[arg(long, value_name = "N", value_parser = thread_count())]
    threads: Option<NonZeroU16>,
}

impl ThreadOptions {
    /// Sets the threads.
    pub fn apply(&self) {
        if let Some(threads) = self.threads {
            device::set_threads(threads);
        }
    }
}

impl ComputeOptions {
    /// Finds the device and sets the threads. Nothing else of libtorch may be called before.
    pub fn apply(&self) -> Result<tch::Device, DeviceError> {
        let device = device::resolve(self.device)?;
        self.threads.apply();
        Ok(device)
    }
}

fn thread_count() -> impl TypedValueParser<Value = NonZeroU16> {
    clap::value_parser!(u16)
        .range(1..=1024)
        .try_map(NonZeroU16::try_from)
}

/// Which data set to use.
#[derive(Args)]
pub struct DataOptions {
    /// A folder with MNIST's four IDX files, or "mnist" (cached, downloaded at first use), or
    /// "sample" (10,000 digits in this program) [default: $LENET5_DATA, else mnist, else sample]
    #[arg(long, value_name = "WHERE")]
    data: Option<Source>,

    /// Number of classes
    #[arg(long, default_value_t = 10, value_name = "N", value_parser = clap::value_parser!(i64).range(2..=256))]
    classes: i64,
}

impl DataOptions {
    pub fn classes(&self) -> i64 {
        self.classes
    }

    /// Reads the data set, and warns if it is not the one that was asked for.
    pub fn load(&self) -> anyhow::Result<Dataset> {
        let bar = DownloadBar::new();
        let loaded = data::load(self.data.as_ref(), self.classes, &mut |progress| {
            bar.advance(&progress);
        });
        bar.finish();
        let loaded = loaded?;
        if let Some(warning) = loaded.warning {
            eprintln!("warning: {warning}");
        }
        Ok(loaded.dataset)
    }
}

/// Takes the names of the networks' variants.
pub fn variant_parser() -> PossibleValuesParser {
    PossibleValuesParser::new(model::VARIANTS.iter().map(|variant| variant.name))
}

/// Takes a number of images that a batch can have.
pub fn batch_size(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(size @ 1..=100_000) => Ok(size),
        _ => Err("expected a number from 1 to 100000".to_owned()),
    }
}
