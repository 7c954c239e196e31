//! `lenet5 predict`: which digits a picture shows.

mod answer;
mod paths;
mod predictor;
mod printer;

use std::mem;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use lenet5::picture::{self, Invert};
use lenet5::variant::load_classifier;

use super::options::{ComputeOptions, batch_size};
use super::output::shown;
use super::weights::{PreprocessingArguments, WeightsOptions, print_notes};
use predictor::{DEFAULT_BATCH_SIZE, Picture, Predictor};
use printer::Printer;

/// Tell which digits each picture shows
#[derive(clap::Args)]
#[command(after_help = "\
Several digits in a picture are read from left to right. An answer is marked as unsure if a digit in it
is less likely than 90 %.

Examples:
  lenet5 predict runs/first/model.safetensors photo.jpg
  lenet5 predict runs/first/model.safetensors drawings/ --show
  lenet5 predict runs/first/model.safetensors *.png --json")]
pub struct Args {
    /// The weights: safetensors, a file of torch.save, or a TorchScript module, which is run
    weights: PathBuf,

    /// PNG, JPEG, GIF, BMP or WebP pictures of digits; a folder means all pictures in it
    #[arg(required = true, value_name = "IMAGE")]
    images: Vec<PathBuf>,

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
    compute: ComputeOptions,

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
    let predictor = Predictor {
        classifier: loaded.classifier,
        device,
        batch_size: args.batch_size,
    };

    let (paths, mut failures) = paths::pictures(&args.images);
    let total = paths.len() + failures;
    let printer = Printer::new(args.json, args.show, &paths);
    let mut batch: Vec<Picture> = Vec::new();
    let mut since = Instant::now();
    for path in paths {
        match picture::read(&path, args.invert) {
            Ok(digits) => batch.push(Picture { path, digits }),
            Err(error) => {
                say!("error: {}: {:#}", shown(&path), anyhow::Error::from(error));
                failures += 1;
            }
        }
        // Nobody should wait for a whole batch of photographs to see the first answer.
        let is_late = since.elapsed() > Duration::from_secs(1);
        if batch.len() == args.batch_size || is_late && !batch.is_empty() {
            printer.print(&predictor.predict(mem::take(&mut batch))?)?;
            since = Instant::now();
        }
    }
    printer.print(&predictor.predict(mem::take(&mut batch))?)?;
    if failures > 0 {
        bail!("{failures} of {total} could not be read as a picture of a digit");
    }
    Ok(())
}
