//! `lenet5 train`: trains a network on MNIST.

mod observer;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context, anyhow, bail, ensure};
use lenet5::data::Split;
use lenet5::libtorch;
use lenet5::model::{self, Variant};
use lenet5::train::{
    Environment, Header, Init, Outcome, Progress, Run, RunError, RunFolder, RunOptions, Settings,
    TrainError, Trained, Trainer, data_sha256, evaluate,
};
use serde::Serialize;
use tch::Device;

use self::observer::Reporter;
use super::init::InitOptions;
use super::interrupt::Interrupt;
use super::options::{ComputeOptions, DataOptions, batch_size};
use super::output::{Output, device_name};
use super::recipe::RecipeOptions;
use super::variant::VariantOptions;

/// Train a network and keep what comes out
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  lenet5 train --epochs 5 --seed 0 --data mnist --out runs/first
  lenet5 train --resume runs/first")]
pub struct Args {
    #[command(flatten)]
    variant: VariantOptions,

    /// Images an evaluation step [default: 1000]
    #[arg(long, value_name = "N", value_parser = batch_size)]
    test_batch_size: Option<usize>,

    /// Seed of initial values, shuffling and augmentation, as torch.manual_seed [default: 0]
    #[arg(long)]
    seed: Option<u64>,

    /// Hold out the last N training images, and keep the weights that do best on them [default: 0]
    #[arg(long, value_name = "N")]
    validation: Option<usize>,

    /// Folder for weights and figures [default: the first free of runs/VARIANT, runs/VARIANT-2, …]
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,

    /// Go on with the run in this folder, from its newest checkpoint
    #[arg(long, value_name = "DIR", conflicts_with = "out")]
    resume: Option<PathBuf>,

    /// Write a checkpoint every so many steps too, not after each epoch only
    #[arg(long, value_name = "STEPS", value_parser = clap::value_parser!(u64).range(1..))]
    checkpoint_every: Option<u64>,

    /// Overwrite the run that the folder holds; with --resume, go on though libtorch, threads or
    /// device are others than before
    #[arg(long)]
    force: bool,

    #[command(flatten)]
    recipe: RecipeOptions,

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
struct Report<'a> {
    #[serde(flatten)]
    settings: &'a Settings,
    #[serde(skip_serializing_if = "Option::is_none")]
    init: Option<&'a Init>,
    data: &'a str,
    data_sha256: &'a str,
    device: &'a str,
    threads: i32,
    versions: BTreeMap<&'static str, &'static str>,
    test_loss: f64,
    test_accuracy: f64,
    correct: u64,
    total: u64,
    weights_sha256: String,
}

pub fn run(args: &Args) -> anyhow::Result<ExitCode> {
    let (folder, checkpoint) = match &args.resume {
        None => (None, None),
        Some(path) => {
            let folder = RunFolder::open(path)?;
            let checkpoint = folder.latest_checkpoint(&mut |damaged| {
                eprintln!("warning: {damaged}; going on from the checkpoint before it");
            })?;
            (Some(folder), Some(checkpoint))
        }
    };
    let saved = checkpoint.as_ref().map(|checkpoint| &checkpoint.header);
    let settings = args.settings(saved)?;
    let compute = match saved {
        None => args.compute.clone(),
        Some(saved) => args.compute.or_environment(&saved.environment),
    };
    let device = compute.apply()?;
    let variant = model::variant(&settings.variant).context("no such variant")?;
    // Before the folder is made, or emptied by force: wrong weights are to cost nothing.
    let initial = args.init.load(variant, settings.classes)?;
    let folder = folder.map_or_else(|| args.new_folder(), Ok)?;
    let environment = Environment::current(device_name(device));
    let source = saved.and_then(|saved| saved.data.as_deref());
    let data = args.data.or_source(source, settings.classes);
    let dataset = data.load()?;
    let mut header = Header {
        settings,
        init: None,
        environment,
        data: data.source(),
        data_sha256: data_sha256(&dataset)?,
        progress: Progress::default(),
        metrics: Vec::new(),
        best: None,
    };
    if let Some(saved) = saved {
        check(saved, &header, args.force)?;
    }
    let settings = &header.settings;
    let (train, validation) = hold_out(&dataset.train, settings.validation)?;
    let options = RunOptions {
        trainer: Trainer::new(variant, settings, &train, device)?,
        validation: validation.as_ref(),
        checkpoint_every: args.checkpoint_every,
        metadata: metadata(settings),
    };
    let mut run = match checkpoint {
        None => {
            if let Some(initial) = initial {
                initial.copy_into(&options.trainer.network().state_dict())?;
                header.init = Some(initial.init);
            }
            Run::start(options, folder, header)?
        }
        Some(mut checkpoint) => {
            // Where the run goes on by force, its next checkpoints are of another environment.
            checkpoint.header.environment = header.environment;
            checkpoint.header.data = header.data;
            let path = folder.path().display().to_string();
            Run::resume(options, folder, checkpoint).context(path)?
        }
    };
    let output = Output::new(args.json);
    let interrupt = Interrupt::new().context("signals cannot be taken over")?;
    let outcome = run.train(&mut Reporter::new(&run, &output, &interrupt));
    let outcome = outcome.map_err(|error| stopped(error, &run))?;
    let trained = run.into_trained();
    if outcome == Outcome::Interrupted {
        return Ok(interrupted(&trained, &interrupt));
    }
    // The test takes the most memory of all, and needs none of these images.
    drop((train, validation, dataset.train));
    finish(
        &trained,
        &dataset.test,
        &dataset.origin,
        device,
        &output,
        &interrupt,
    )
}

/// Tests what was trained, unless interrupted, and writes the result.
fn finish(
    trained: &Trained,
    test: &Split,
    origin: &str,
    device: Device,
    output: &Output,
    interrupt: &Interrupt,
) -> anyhow::Result<ExitCode> {
    let (network, header) = (trained.network.as_ref(), &trained.header);
    let settings = &header.settings;
    let batch_size = settings.test_batch_size;
    let evaluation = evaluate(network, test, settings.classes, batch_size, device)?;
    if interrupt.exit_code().is_some() {
        return Ok(interrupted(trained, interrupt));
    }
    output.text(&format!("Test Accuracy: {:.2}%", evaluation.accuracy()))?;
    let report = Report {
        settings,
        init: header.init.as_ref(),
        data: origin,
        data_sha256: &header.data_sha256,
        device: &header.environment.device,
        threads: header.environment.threads,
        versions: versions(),
        test_loss: evaluation.loss,
        test_accuracy: evaluation.accuracy(),
        correct: evaluation.correct,
        total: evaluation.total,
        weights_sha256: network.state_dict().sha256()?,
    };
    let folder = &trained.folder;
    folder.save_weights(&network.state_dict(), &trained.metadata)?;
    folder.save_run(&report)?;
    output.json(&report)?;
    eprintln!("Saved: {}", folder.weights_path().display());
    Ok(ExitCode::SUCCESS)
}

/// Says how to go on with a run that was interrupted.
fn interrupted(trained: &Trained, interrupt: &Interrupt) -> ExitCode {
    let Progress { epoch, step, .. } = trained.progress;
    eprintln!(
        "Interrupted after {epoch} epochs and {step} steps. Go on with: lenet5 train --resume {}",
        trained.folder.path().display()
    );
    interrupt
        .exit_code()
        .map_or(ExitCode::FAILURE, ExitCode::from)
}

/// What stopped a run, and what is left of it.
fn stopped(error: RunError, run: &Run<'_>) -> anyhow::Error {
    let newest = run
        .folder
        .checkpoints()
        .ok()
        .and_then(|all| Some(all.into_iter().next()?.1));
    let Some(newest) = newest else {
        return error.into();
    };
    let is_divergence = matches!(
        &error,
        RunError::Train(TrainError::Loss { .. } | TrainError::Weights { .. })
    );
    let newest = newest.display();
    if is_divergence {
        return anyhow!("{error}\nThe last good checkpoint is {newest}");
    }
    let folder = run.folder.path().display();
    // The error stays the cause, so that a closed pipe is still known as one.
    anyhow::Error::from(error).context(format!(
        "training stopped; {newest} is safe, and lenet5 train --resume {folder} goes on from it"
    ))
}

/// Refuses to go on with a run whose result would be another than that of the run `saved`.
fn check(saved: &Header, now: &Header, force: bool) -> anyhow::Result<()> {
    ensure!(
        saved.data_sha256 == now.data_sha256,
        "the run was trained on other data: its SHA-256 is {}, that of the data given is {}; \
         name the run's own with --data",
        saved.data_sha256,
        now.data_sha256
    );
    let differences = saved.environment.differences(&now.environment);
    if differences.is_empty() {
        return Ok(());
    }
    let differences = differences.join("; ");
    if !force {
        bail!(
            "the run would not end with the bits that it would have had ({differences}); \
             go on all the same with --force"
        );
    }
    eprintln!("warning: the bits will be others than without the break ({differences})");
    Ok(())
}

/// The images to train on, and those held out, if any are.
fn hold_out(split: &Split, held_out: usize) -> anyhow::Result<(Split, Option<Split>)> {
    let count = i64::try_from(held_out).unwrap_or(i64::MAX);
    ensure!(
        count < split.len(),
        "--validation {held_out} leaves nothing to train on: there are {} training images",
        split.len()
    );
    let (train, validation) = split.split_at(split.len() - count)?;
    Ok((train, (count > 0).then_some(validation)))
}

/// What the weights files say of themselves.
fn metadata(settings: &Settings) -> BTreeMap<String, String> {
    let settings = [
        ("variant", settings.variant.clone()),
        ("classes", settings.classes.to_string()),
        ("seed", settings.seed.to_string()),
        ("epochs", settings.recipe.epochs.to_string()),
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
    fn new_folder(&self) -> anyhow::Result<RunFolder> {
        let variant = self
            .variant
            .variant(model::VARIANTS[0], self.data.classes());
        let out = self.out.clone();
        let out = out.unwrap_or_else(|| RunFolder::next_free(variant.name));
        Ok(RunFolder::create(&out, self.force)?)
    }

    /// The settings of the run `saved`, or of a new one.
    fn settings(&self, saved: Option<&Header>) -> anyhow::Result<Settings> {
        let Some(saved) = saved else {
            let variant = self
                .variant
                .variant(model::VARIANTS[0], self.data.classes());
            return Ok(self.over(&Settings::tutorial(variant), variant));
        };
        let variant = model::variant(&saved.settings.variant).context("no such variant")?;
        let classes = self.data.classes.unwrap_or(saved.settings.classes);
        let settings = self.over(&saved.settings, self.variant.variant(variant, classes));
        let differences = saved.settings.differences(&settings).into_iter();
        let differences: Vec<_> = differences
            .map(|setting| {
                let name = setting.name.replace('_', "-");
                format!(
                    "--{name} is {} in the run, {} now",
                    setting.here, setting.there
                )
            })
            .collect();
        ensure!(
            differences.is_empty(),
            "a run goes on with the settings that it began with: {}",
            differences.join("; ")
        );
        Ok(settings)
    }

    /// `base`, with what was given on the command line in place of what is there.
    fn over(&self, base: &Settings, variant: &Variant) -> Settings {
        Settings {
            variant: variant.name.to_owned(),
            recipe: self.recipe.over(&base.recipe, variant),
            test_batch_size: self.test_batch_size.unwrap_or(base.test_batch_size),
            seed: self.seed.unwrap_or(base.seed),
            classes: self.data.classes.unwrap_or(base.classes),
            validation: self.validation.unwrap_or(base.validation),
        }
    }
}
