//! `lenet5 predict`: which digits a picture shows.

mod answer;
mod predictor;
mod printer;
mod sources;

use std::mem;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use lenet5::picture::Invert;
use lenet5::variant::load_classifier;
use rayon::prelude::*;
use rayon::{ThreadPool, ThreadPoolBuilder};

use self::predictor::{DEFAULT_BATCH_SIZE, Picture, Predictor};
use self::printer::{Form, Printer};
use self::sources::Source;
use super::class_names::ClassNamesOption;
use super::options::{ComputeOptions, batch_size};
use super::output::shown;
use super::progress::PictureBar;
use super::weights::{PreprocessingArguments, WeightsOptions, print_notes};

/// Pictures that are read at once, so that the answers come in their order.
const CHUNK: usize = 64;

/// Tell which digits each picture shows
#[derive(clap::Args)]
#[command(after_help = "\
Several digits in a picture are read from left to right. An answer is marked as unsure if a digit in it
is less likely than 90 %. Of pictures in folders that are called as the classes are, as in test/7/photo.png,
the accuracy is told too.

Examples:
  lenet5 predict runs/first/model.safetensors photo.jpg
  lenet5 predict runs/first/model.safetensors drawings/ --show
  lenet5 predict runs/first/model.safetensors *.png --json
  find scans -name '*.jpg' | lenet5 predict runs/first --files-from - --csv
  curl https://example.org/seven.png | lenet5 predict runs/first -")]
pub struct Args {
    /// The weights: safetensors, a file of torch.save, or a TorchScript module, which is run
    weights: PathBuf,

    /// PNG, JPEG, GIF, BMP or WebP pictures of digits; a folder means all pictures in it and in the
    /// folders of classes in it, and - the one in standard input
    #[arg(required_unless_present = "files_from", value_name = "IMAGE")]
    images: Vec<PathBuf>,

    /// Read the pictures that the lines of this file name, or of standard input for -
    #[arg(long, value_name = "FILE")]
    files_from: Option<PathBuf>,

    /// Whether the ink is darker than the paper: auto, yes or no
    #[arg(long, default_value = "auto", value_name = "WHEN")]
    invert: Invert,

    /// Draw what was cut out of the picture, and beside it what the network saw
    #[arg(long)]
    show: bool,

    #[command(flatten)]
    options: WeightsOptions,

    #[command(flatten)]
    preprocessing: PreprocessingArguments,

    /// Images computed at once; missing ones are filled up, since logits may differ in their last
    /// bits from one number to another. As it is, they are those of eval
    #[arg(long, default_value_t = DEFAULT_BATCH_SIZE, value_name = "N", value_parser = batch_size)]
    batch_size: usize,

    #[command(flatten)]
    class_names: ClassNamesOption,

    #[command(flatten)]
    compute: ComputeOptions,

    /// Print a table as CSV, a line for each picture
    #[arg(long, conflicts_with_all = ["json", "show"])]
    csv: bool,

    /// Print a line of JSON for each picture
    #[arg(long)]
    json: bool,
}

pub fn run(args: &Args) -> anyhow::Result<()> {
    let device = args.compute.apply()?;
    let (options, preprocessing) = (args.options.load_options()?, args.preprocessing.options());
    let loaded = load_classifier(&args.weights, &options, preprocessing, device)
        .with_context(|| shown(&args.weights))?;
    print_notes(&args.weights, &loaded.notes);
    let names = args.class_names.names(loaded.num_classes)?;
    let predictor = Predictor {
        classifier: loaded.classifier,
        device,
        batch_size: args.batch_size,
    };
    let (mut sources, failures) = sources::named(&args.images, &names);
    if let Some(list) = &args.files_from {
        sources.extend(sources::listed(list)?);
    }
    let total = sources.len() + failures;
    let mut job = Job {
        printer: Printer::new(args.form(), names, &sources),
        predictor,
        bar: PictureBar::new(sources.len() as u64),
        invert: args.invert,
        batch: Vec::new(),
        failures,
    };
    job.run(sources)?;
    match job.failures {
        0 => Ok(()),
        failures => bail!("{failures} of {total} could not be read as a picture of a digit"),
    }
}

impl Args {
    fn form(&self) -> Form {
        let show = self.show;
        match (self.json, self.csv) {
            (true, _) => Form::Json { show },
            (_, true) => Form::Csv,
            _ => Form::Text { show },
        }
    }
}

/// All pictures on their way to answers.
struct Job {
    predictor: Predictor,
    printer: Printer,
    bar: PictureBar,
    invert: Invert,
    /// Those that were read, and not looked at by the network yet.
    batch: Vec<Picture>,
    failures: usize,
}

impl Job {
    fn run(&mut self, mut sources: Vec<Source>) -> anyhow::Result<()> {
        let threads = usize::try_from(tch::get_num_threads()).unwrap_or(1);
        let pool = ThreadPoolBuilder::new().num_threads(threads).build()?;
        let mut since = Instant::now();
        while !sources.is_empty() {
            let rest = sources.split_off(sources.len().min(CHUNK));
            self.read(mem::replace(&mut sources, rest), &pool);
            // Nobody should wait for a whole batch of photographs to see the first answer.
            let is_late = since.elapsed() > Duration::from_secs(1);
            if is_late || self.batch.len() >= self.predictor.batch_size {
                self.answer()?;
                since = Instant::now();
            }
        }
        self.answer()?;
        self.bar.finish();
        Ok(self.printer.finish()?)
    }

    /// Reads pictures side by side, and keeps their order.
    fn read(&mut self, sources: Vec<Source>, pool: &ThreadPool) {
        let invert = self.invert;
        let read = pool.install(|| {
            let read = sources.par_iter().map(|source| source.read(invert));
            read.collect::<Vec<_>>()
        });
        for (source, read) in sources.into_iter().zip(read) {
            match read {
                Ok(digits) => self.batch.push(Picture { source, digits }),
                Err(error) => {
                    let error = anyhow::Error::from(error);
                    self.bar
                        .suspend(|| say!("error: {}: {error:#}", source.shown()));
                    self.failures += 1;
                }
            }
            self.bar.advance();
        }
    }

    fn answer(&mut self) -> anyhow::Result<()> {
        let answers = self.predictor.predict(mem::take(&mut self.batch))?;
        let printer = &mut self.printer;
        self.bar.suspend(|| printer.print(&answers))
    }
}
