//! `lenet5 train`: trains a network on MNIST.

mod observer;

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context, anyhow};
use lenet5::data::Split;
use lenet5::report::RunReport;
use lenet5::train::{
    Checkpoint, Evaluation, Header, InitialWeights, Outcome, Progress, ReportFiles, Run, RunError,
    RunFolder, RunOptions, RunRecord, Settings, TrainError, Trained, TrainingData, data_sha256,
};
use lenet5::variant::{LoadOptions, LoadedNetwork, VARIANTS, Variant, load_network};

use self::observer::Reporter;
use tch::Device;
use torch_twin::backends;

use super::failure::UsageError;
use super::interrupt::Interrupt;
use super::options::{ComputeOptions, DataOptions, batch_size, check_classes};
use super::output::{StandardOutput, own_command_line, shown};
use super::progress::BusyMachine;
use super::recipe::RecipeOptions;
use super::variant::VariantOptions;
use super::weights::{MapOptions, print_notes};

/// Train a network and keep what comes out
#[derive(clap::Args)]
#[command(after_help = "\
Each epoch prints the tutorial's line on standard output, with the loss of the epoch's last batch:
Epoch 1, Loss: 0.1679. What says more goes to standard error: the mean loss and the accuracy
over all images of the epoch, the accuracy on the images held out, if there are any, and the time. The accuracy on the test
images comes once, at the end, when nothing can be chosen by it any more.

The folder then holds model.safetensors (the weights), run.json (settings and result), metrics.jsonl
and metrics.csv (each epoch's figures), report.html (all of it in one page) and its pictures
curves.svg, curves.png, confusion.png and mistakes.png.

Examples:
  lenet5 train --epochs 5 --seed 0 --data mnist --out runs/first
  lenet5 train --recipe best --validation 10000
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

    /// End the training when so many epochs in a row were not better on the images held out
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    patience: Option<u32>,

    /// Folder for weights and figures [default: the first free of runs/VARIANT, runs/VARIANT-2, …]
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,

    /// Go on with the run in this folder, from its newest checkpoint; with --epochs a run that has
    /// ended goes on too, if its learning rate is not spread over all epochs
    #[arg(long, value_name = "DIR", conflicts_with = "out")]
    resume: Option<PathBuf>,

    /// Write a checkpoint every so many steps too, not after each epoch only
    #[arg(long, value_name = "STEPS", value_parser = clap::value_parser!(u64).range(1..))]
    checkpoint_every: Option<u64>,

    /// Overwrite the run that the folder holds; with --resume, go on though libtorch, threads or
    /// device are others than before
    #[arg(long)]
    force: bool,

    /// Leave out the page and its pictures
    #[arg(long)]
    no_pictures: bool,

    #[command(flatten)]
    recipe: RecipeOptions,

    /// Start from the weights in this file, of any format that eval reads; the seed still decides
    /// the order of the images
    #[arg(long, value_name = "WEIGHTS", conflicts_with = "resume")]
    init: Option<PathBuf>,

    #[command(flatten)]
    map: MapOptions,

    #[command(flatten)]
    data: DataOptions,

    #[command(flatten)]
    compute: ComputeOptions,

    /// Print JSON lines on standard output: one an epoch, then one for the result
    #[arg(long)]
    json: bool,
}

/// A run that goes on: where it is kept, and its newest checkpoint.
struct Interrupted {
    folder: RunFolder,
    checkpoint: Checkpoint,
}

pub fn run(args: &Args) -> anyhow::Result<ExitCode> {
    let interrupted = args.interrupted()?;
    let saved = interrupted.as_ref().map(|run| &run.checkpoint.header);
    let network = args.initial_network()?;
    let settings = args.settings(saved, network.as_ref())?;
    let compute = match saved {
        None => args.compute.clone(),
        Some(saved) => args.compute.or_environment(&saved.environment),
    };
    let device = compute.apply()?;
    backends::use_caching_allocator();
    let busy = BusyMachine::watch();
    let initial_weights = network
        .zip(args.init.as_ref())
        .map(|(loaded, path)| InitialWeights::new(path, loaded.network))
        .transpose()?;
    let data_options = args.data.or_saved(saved);
    let dataset = data_options.load(settings.classes)?;
    let data = TrainingData::hold_out(&dataset.train, &settings)?;
    let options = RunOptions {
        data: &data,
        source: data_options.source(),
        labels_from: data_options.labels_from(),
        data_sha256: data_sha256(&dataset)?,
        device,
        checkpoint_every: args.checkpoint_every,
        test_each_epoch: None,
    };
    let mut run = args.begin(interrupted, initial_weights, settings, options)?;
    busy.look();
    let output = StandardOutput::new(args.json);
    let interrupt = Interrupt::new().context("signals cannot be taken over")?;
    let outcome = run.train(&mut Reporter::new(&run, &output, &interrupt, &busy));
    let outcome = outcome.map_err(|error| stopped(error, &run))?;
    let trained = run.into_trained();
    if outcome == Outcome::Interrupted {
        return Ok(say_how_to_go_on(&trained, &interrupt));
    }
    say_if_patience_ended_it(&trained.header);
    // The test takes the most memory of all, and needs none of these images.
    drop((data, dataset.train));
    let (test, origin) = (&dataset.test, &dataset.origin);
    conclude(args, &trained, test, origin, &interrupt, &output)
}

/// Tests what was trained, and leaves it with its figures and pictures in the folder.
fn conclude(
    args: &Args,
    trained: &Trained,
    test: &Split,
    origin: &str,
    interrupt: &Interrupt,
    output: &StandardOutput,
) -> anyhow::Result<ExitCode> {
    let folder = shown(trained.folder.path());
    let finished = finish(trained, test, origin, interrupt, output).with_context(|| {
        format!(
            "the training is done, and lenet5 train --resume {folder} tests and saves its result"
        )
    })?;
    let Some((evaluation, record)) = finished else {
        return Ok(say_how_to_go_on(trained, interrupt));
    };
    if !args.no_pictures {
        let report = RunReport {
            record: &record,
            metrics: &trained.header.metrics,
            evaluation: &evaluation,
            test,
        };
        save_report(trained, &report).with_context(|| {
            format!(
                "the weights are saved, and their pictures are not; lenet5 train --resume {folder} \
                 draws them again"
            )
        })?;
    }
    Ok(ExitCode::SUCCESS)
}

/// Tests the network, and saves it with its figures; none if the process is to end before that.
fn finish(
    trained: &Trained,
    test: &Split,
    origin: &str,
    interrupt: &Interrupt,
    output: &StandardOutput,
) -> anyhow::Result<Option<(Evaluation, RunRecord)>> {
    let evaluation = trained.test(test)?;
    if interrupt.exit_code().is_some() {
        return Ok(None);
    }
    output.text(&format!("Test Accuracy: {:.2}%", evaluation.accuracy()))?;
    let record = trained.save(&evaluation, origin, own_command_line())?;
    output.json(&record)?;
    say!("Saved: {}", shown(&trained.folder.weights_path()));
    Ok(Some((evaluation, record)))
}

/// Draws what came out, and writes it beside the weights.
fn save_report(trained: &Trained, report: &RunReport<'_>) -> anyhow::Result<()> {
    trained.folder.save_report(&report.files()?)?;
    let page = trained.folder.path().join(ReportFiles::PAGE);
    say!("Saved: {}", shown(&page));
    Ok(())
}

fn warn_of_bits(differences: &[String]) {
    let differences = differences.join("; ");
    say!("warning: the bits will be others than without the break ({differences})");
}

/// Says how to go on with a run that was interrupted.
fn say_how_to_go_on(trained: &Trained, interrupt: &Interrupt) -> ExitCode {
    let Progress { epoch, step, .. } = &trained.progress;
    let epochs = if *epoch == 1 { "epoch" } else { "epochs" };
    let steps = if *step == 1 { "step" } else { "steps" };
    say!(
        "Interrupted after {epoch} {epochs} and {step} {steps}. Go on with: lenet5 train --resume {}",
        shown(trained.folder.path())
    );
    interrupt
        .exit_code()
        .map_or(ExitCode::FAILURE, ExitCode::from)
}

/// Says why a run has fewer epochs than it was to have.
fn say_if_patience_ended_it(header: &Header) {
    let (Some(patience), Some(best)) = (header.settings.patience, &header.best) else {
        return;
    };
    let done = header.metrics.len();
    if done < header.settings.recipe.epochs as usize {
        let best = best.epoch;
        say!(
            "Ended after {done} epochs: none after epoch {best} was better on the images held out, and \
             --patience is {patience}"
        );
    }
}

/// What stopped a run, and what is left of it.
fn stopped(error: RunError, run: &Run<'_>) -> anyhow::Error {
    let checkpoints = run.folder().checkpoints().unwrap_or_default();
    let Some((_, newest)) = checkpoints.first() else {
        return error.into();
    };
    let newest = shown(newest);
    if let RunError::Train(
        TrainError::Loss { .. } | TrainError::Weights { .. } | TrainError::ValidationLoss { .. },
    ) = &error
    {
        return anyhow!("{error}\nThe last good checkpoint is {newest}");
    }
    let folder = shown(run.folder().path());
    // The error stays the cause, so that a closed pipe is still known as one.
    anyhow::Error::from(error).context(format!(
        "training stopped; {newest} is safe, and lenet5 train --resume {folder} goes on from it"
    ))
}

impl Args {
    /// The run that is to go on, if one is.
    fn interrupted(&self) -> anyhow::Result<Option<Interrupted>> {
        let Some(path) = &self.resume else {
            return Ok(None);
        };
        let folder = RunFolder::open(path)?;
        let checkpoint = folder.latest_checkpoint(&mut |path, damage| {
            let path = shown(path);
            say!("warning: {path}: {damage}; going on from the checkpoint before it");
        })?;
        Ok(Some(Interrupted { folder, checkpoint }))
    }

    /// The run from its beginning, or from where it was interrupted.
    fn begin<'a>(
        &self,
        interrupted: Option<Interrupted>,
        initial_weights: Option<InitialWeights>,
        settings: Settings,
        options: RunOptions<'a>,
    ) -> anyhow::Result<Run<'a>> {
        let Some(Interrupted { folder, checkpoint }) = interrupted else {
            let folder = self.new_folder(&settings)?;
            return Ok(Run::start(settings, initial_weights, options, folder)?);
        };
        let path = shown(folder.path());
        let warn = &mut warn_of_bits;
        let resumed = Run::resume(checkpoint, settings, options, folder, self.force, warn);
        resumed.context(path)
    }

    fn new_folder(&self, settings: &Settings) -> anyhow::Result<RunFolder> {
        let out = self.out.clone();
        let out = out.unwrap_or_else(|| RunFolder::next_free(settings.variant.name));
        Ok(RunFolder::create(&out, self.force)?)
    }

    /// The network of `--init`, if one was given.
    fn initial_network(&self) -> anyhow::Result<Option<LoadedNetwork>> {
        self.map.require("--init", self.init.is_some())?;
        let Some(path) = &self.init else {
            return Ok(None);
        };
        let options = LoadOptions {
            variant: self.variant.named(),
            names: self.map.names()?,
        };
        let loaded = load_network(path, &options, Device::Cpu).with_context(|| shown(path))?;
        print_notes(path, &loaded.notes);
        check_classes(path, loaded.num_classes, self.data.classes)?;
        Ok(Some(loaded))
    }

    /// The settings of the run `saved`, or of a new one, from the weights of `initial` if there are any.
    fn settings(
        &self,
        saved: Option<&Header>,
        initial: Option<&LoadedNetwork>,
    ) -> anyhow::Result<Settings> {
        let Some(saved) = saved else {
            let classes = initial.map_or(self.data.classes(), |initial| initial.num_classes);
            let default = initial.map_or(VARIANTS[0], |initial| initial.variant);
            let variant = self.variant.variant(default, classes)?;
            let settings = Settings {
                classes,
                ..self.over(&Settings::tutorial(variant), variant)?
            };
            check(&settings)?;
            return Ok(settings);
        };
        let classes = self.data.classes.unwrap_or(saved.settings.classes);
        let variant = self.variant.variant(saved.settings.variant, classes)?;
        let settings = self.over(&saved.settings, variant)?;
        saved.check_settings(&settings)?;
        check(&settings)?;
        Ok(settings)
    }

    /// `base`, with what was given on the command line in place of what is there.
    fn over(&self, base: &Settings, variant: &'static Variant) -> Result<Settings, UsageError> {
        Ok(Settings {
            variant,
            recipe: self.recipe.over(&base.recipe, variant)?,
            test_batch_size: self.test_batch_size.unwrap_or(base.test_batch_size),
            seed: self.seed.unwrap_or(base.seed),
            classes: self.data.classes.unwrap_or(base.classes),
            validation: self.validation.unwrap_or(base.validation),
            patience: self.patience.or(base.patience),
        })
    }
}

fn check(settings: &Settings) -> Result<(), UsageError> {
    Ok(settings.check()?)
}
