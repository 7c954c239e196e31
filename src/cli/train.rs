//! `lenet5 train`: trains a network on MNIST.

use std::collections::BTreeMap;
use std::path::PathBuf;

use anyhow::Context;
use lenet5::data::Dataset;
use lenet5::train::{EpochMetrics, RunFolder, Settings, Trainer, evaluate};
use lenet5::{libtorch, model};
use serde::Serialize;

use super::init::{Init, InitOptions};
use super::options::{ComputeOptions, DataOptions, batch_size, variant_parser};
use super::output::{Output, device_name};
use super::progress::TrainingBar;

/// Train a network and keep what comes out
#[derive(clap::Args)]
#[command(after_help = "\
Example:
  lenet5 train --epochs 5 --seed 0 --data mnist --out runs/first")]
pub struct Args {
    /// The network's variant
    #[arg(long, default_value = model::VARIANTS[0].name, value_parser = variant_parser())]
    variant: String,

    /// Passes over the training images
    #[arg(long, default_value_t = 5, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    epochs: u32,

    /// Images a training step
    #[arg(long, default_value_t = 64, value_name = "N", value_parser = batch_size)]
    batch_size: usize,

    /// Images an evaluation step
    #[arg(long, default_value_t = 1000, value_name = "N", value_parser = batch_size)]
    test_batch_size: usize,

    /// Adam's learning rate
    #[arg(long, default_value_t = 0.001, value_name = "RATE", value_parser = learning_rate)]
    lr: f64,

    /// Seed of initial values and shuffling, as torch.manual_seed
    #[arg(long, default_value_t = 0)]
    seed: u64,

    /// Folder for weights and figures [default: the first free of runs/VARIANT, runs/VARIANT-2, …]
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,

    /// Overwrite the run that the folder holds
    #[arg(long)]
    force: bool,

    #[command(flatten)]
    init: InitOptions,

    #[command(flatten)]
    data: DataOptions,

    #[command(flatten)]
    compute: ComputeOptions,

    /// Print JSON lines on standard output: one an epoch, then one for the result
    #[arg(long)]
    json: bool,
}

/// What `run.json` holds.
#[derive(Serialize)]
struct Run<'a> {
    #[serde(flatten)]
    settings: &'a Settings,
    #[serde(skip_serializing_if = "Option::is_none")]
    init: Option<Init>,
    data: &'a str,
    device: String,
    threads: i32,
    versions: BTreeMap<&'static str, &'static str>,
    test_loss: f64,
    test_accuracy: f64,
    correct: u64,
    total: u64,
    weights_sha256: String,
}

pub fn run(args: &Args) -> anyhow::Result<()> {
    let device = args.compute.apply()?;
    let settings = args.settings();
    let variant = model::variant(&settings.variant).context("no such variant")?;
    let init = args.init.load(variant, settings.classes)?;
    let out = args.out.clone();
    let out = out.unwrap_or_else(|| RunFolder::next_free(variant.name));
    let mut folder = RunFolder::create(&out, args.force)?;
    let dataset = args.data.load()?;
    let output = Output::new(args.json);

    let mut trainer = Trainer::new(variant, &settings, &dataset.train, device)?;
    if let Some(init) = &init {
        init.copy_into(&trainer.network().state_dict())?;
    }
    for epoch in 1..=settings.epochs {
        let metrics = train_epoch(&mut trainer, epoch, &settings, &dataset)?;
        folder.append_metrics(&metrics)?;
        let (epoch, loss) = (metrics.epoch, metrics.last_loss);
        output.text(&format!("Epoch {epoch}, Loss: {loss:.4}"))?;
        output.json(&metrics)?;
    }
    let network = trainer.network();
    let batch_size = settings.test_batch_size;
    let evaluation = evaluate(network, &dataset.test, settings.classes, batch_size, device)?;
    output.text(&format!("Test Accuracy: {:.2}%", evaluation.accuracy()))?;

    let run = Run {
        settings: &settings,
        init,
        data: &dataset.origin,
        device: device_name(device),
        threads: tch::get_num_threads(),
        versions: versions(),
        test_loss: evaluation.loss,
        test_accuracy: evaluation.accuracy(),
        correct: evaluation.correct,
        total: evaluation.total,
        weights_sha256: network.state_dict().sha256()?,
    };
    folder.save_weights(&network.state_dict(), &metadata(&settings))?;
    folder.save_run(&run)?;
    output.json(&run)?;
    eprintln!("Saved: {}", folder.weights_path().display());
    Ok(())
}

fn train_epoch(
    trainer: &mut Trainer<'_>,
    epoch: u32,
    settings: &Settings,
    dataset: &Dataset,
) -> anyhow::Result<EpochMetrics> {
    let bar = TrainingBar::new(epoch, settings.epochs, dataset.train.len());
    let metrics = trainer.train_epoch(epoch, &mut |step| bar.advance(step));
    bar.finish();
    Ok(metrics?)
}

/// What the weights file says of itself.
fn metadata(settings: &Settings) -> BTreeMap<String, String> {
    let settings = [
        ("variant", settings.variant.clone()),
        ("classes", settings.classes.to_string()),
        ("seed", settings.seed.to_string()),
        ("epochs", settings.epochs.to_string()),
    ];
    let settings = settings.map(|(key, value)| (key.to_owned(), value));
    let versions = versions()
        .into_iter()
        .map(|(key, value)| (key.to_owned(), value.to_owned()));
    settings.into_iter().chain(versions).collect()
}

/// What the result depends on beside the settings.
fn versions() -> BTreeMap<&'static str, &'static str> {
    BTreeMap::from([
        ("lenet5", env!("CARGO_PKG_VERSION")),
        ("tch", libtorch::TCH_VERSION),
        ("torch", libtorch::TORCH_VERSION),
    ])
}

impl Args {
    fn settings(&self) -> Settings {
        Settings {
            variant: self.variant.clone(),
            epochs: self.epochs,
            batch_size: self.batch_size,
            test_batch_size: self.test_batch_size,
            lr: self.lr,
            seed: self.seed,
            classes: self.data.classes(),
        }
    }
}

fn learning_rate(text: &str) -> Result<f64, String> {
    let rate: f64 = text.parse().map_err(|_| "not a number".to_owned())?;
    if rate.is_finite() && rate >= 0.0 {
        Ok(rate)
    } else {
        Err("a learning rate is finite and not negative".to_owned())
    }
}
