//! `lenet5 parity`: this network and PyTorch's side by side, stage by stage.

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, bail, ensure};
use lenet5::data::Dataset;
use lenet5::parity::{
    ParityError, Python, Reference, TEST_LOGITS, record, record_test_logits, temporary_folder,
    unpack_scripts,
};
use lenet5::train::Settings;
use lenet5::variant::{LoadOptions, PreprocessingOptions, VARIANTS, load_classifier, load_network};
use serde::Serialize;
use tch::Device;
use tempfile::TempDir;
use torch_twin::data::DataLoader;
use torch_twin::device::{self, DeviceChoice};
use torch_twin::diff::{self, Document, Side, TextStyle};
use torch_twin::{Generator, Tensors, libtorch, to_tensor, weights};

use super::interrupt::{Interrupt, Interrupted};
use super::options::{DataOptions, ThreadOptions, check_classes};
use super::output::{StandardOutput, shown};
use super::weights::{PreprocessingArguments, WeightsOptions, print_notes};

/// Compare this network with PyTorch's, stage by stage and bit by bit
#[derive(clap::Args)]
#[command(after_help = "\
Both start from the same weights and train on the same images, on the CPU.

Examples:
  lenet5 parity --data sample --steps 1 10
  lenet5 parity --weights runs/first/model.safetensors --data mnist
  lenet5 parity --weights runs/first/model.safetensors --module port.pt --data mnist")]
pub struct Args {
    /// The weights to start from [default: the initial values of the seed]
    #[arg(long, value_name = "FILE")]
    weights: Option<PathBuf>,

    #[command(flatten)]
    options: WeightsOptions,

    /// Compare with this TorchScript module instead, at the logits of the test images
    #[arg(
        long,
        value_name = "FILE",
        requires = "weights",
        conflicts_with_all = ["python", "timeout", "steps"]
    )]
    module: Option<PathBuf>,

    #[command(flatten)]
    preprocessing: PreprocessingArguments,

    /// The Python that runs the reference [default: that of .venv]
    #[arg(long, value_name = "FILE")]
    python: Option<PathBuf>,

    /// Seconds that the Python may take to import torch, and then to compute [default: 120 and 3600]
    #[arg(long, value_name = "SECONDS", value_parser = clap::value_parser!(u32).range(1..))]
    timeout: Option<u32>,

    /// Training steps after which the weights are compared
    #[arg(long, default_values_t = [1, 10], value_name = "N", num_args = 1.., value_parser = step)]
    steps: Vec<u64>,

    /// Seed of initial values and shuffling, as torch.manual_seed
    #[arg(long, default_value_t = 0)]
    seed: u64,

    #[command(flatten)]
    data: DataOptions,

    #[command(flatten)]
    threads: ThreadOptions,

    /// Print one JSON object on standard output
    #[arg(long, conflicts_with = "all")]
    json: bool,

    /// Show every stage, equal ones too
    #[arg(long)]
    all: bool,
}

/// What `--json` prints.
#[derive(Serialize)]
struct Report<'a> {
    identical: bool,
    variant: &'static str,
    data: &'a str,
    threads: i32,
    reference: &'a str,
    accuracy: Accuracy,
    /// What `torch-twin diff` says of the two traces: A is the reference's, B this program's.
    diff: Document<'a>,
}

/// Right answers on the test images, in per cent, before any step of training.
#[derive(Serialize)]
struct Accuracy {
    reference: f64,
    lenet5: f64,
}

/// The two sides of the comparison, as traces in a folder of their own.
struct Sides {
    /// What the other side is, for people.
    reference: String,
    folder: TempDir,
}

/// The names of the traces in the folder.
const REFERENCE: &str = "reference.trace";
const LENET5: &str = "lenet5.trace";

pub fn run(args: &Args) -> anyhow::Result<()> {
    device::resolve(DeviceChoice::Cpu)?;
    args.threads.apply()?;
    args.options
        .map
        .require("--weights", args.weights.is_some())?;
    args.preprocessing
        .require("--module", args.module.is_some())?;
    let (settings, weights) = start(args)?;
    let dataset = args.data.load(settings.classes)?;
    let sides = match &args.module {
        Some(module) => {
            let preprocessing = args.preprocessing.options();
            with_module(module, preprocessing, &settings, weights.as_ref(), &dataset)?
        }
        None => with_reference(args, &settings, weights.as_ref(), &dataset)?,
    };
    let side = |name: &str| Side::open(&sides.folder.path().join(name));
    let (theirs, ours) = (side(REFERENCE)?, side(LENET5)?);
    let diff = diff::Report::new(&theirs, &ours, diff::Options::default())?;
    let names = [(&*sides.reference, &theirs), ("lenet5", &ours)];
    let report = Report {
        identical: diff.is_equal(),
        variant: settings.variant.name,
        data: &dataset.origin,
        threads: tch::get_num_threads(),
        accuracy: Accuracy {
            reference: accuracy(&theirs, &dataset)?,
            lenet5: accuracy(&ours, &dataset)?,
        },
        reference: &sides.reference,
        diff: Document::new(&diff, names[0], names[1]),
    };
    let output = StandardOutput::new(args.json);
    if args.json {
        output.json(&report)?;
    } else {
        let style = TextStyle {
            all: args.all,
            width: output.width().and_then(|width| width.try_into().ok()),
            coloured: output.is_in_colour(),
        };
        output.text(&text(&report, &diff.text(names, style)))?;
    }
    match diff.is_equal() {
        true => Ok(()),
        false => bail!("the two differ: {}", diff.line()),
    }
}

/// The settings of `lenet5 train`, and the weights to start from if there are any.
fn start(args: &Args) -> anyhow::Result<(Settings, Option<Tensors>)> {
    let settings = |variant, classes| Settings {
        seed: args.seed,
        classes,
        ..Settings::tutorial(variant)
    };
    let Some(path) = &args.weights else {
        let variant = args.options.variant.unwrap_or(VARIANTS[0]);
        return Ok((settings(variant, args.data.classes()), None));
    };
    let loaded = load_network(path, &args.options.load_options()?, Device::Cpu);
    let loaded = loaded.with_context(|| shown(path))?;
    print_notes(path, &loaded.notes);
    check_classes(path, loaded.num_classes, args.data.classes)?;
    let state_dict = loaded.network.state_dict();
    let tensors = state_dict.iter();
    let tensors = tensors.map(|(name, tensor)| (name.to_owned(), tensor.shallow_clone()));
    let settings = settings(loaded.variant, loaded.num_classes);
    Ok((settings, Some(tensors.collect())))
}

/// The reference in Python, and everything up to the weights after the last step.
fn with_reference(
    args: &Args,
    settings: &Settings,
    weights: Option<&Tensors>,
    dataset: &Dataset,
) -> anyhow::Result<Sides> {
    let folder = temporary_folder()?;
    let trace = folder.path().join(REFERENCE);
    // While a Python runs, a signal has to end it and remove what it was given.
    let interrupt = Interrupt::new().context("signals cannot be taken over")?;
    let is_interrupted = || interrupt.exit_code().is_some();
    let told = ask_reference(args, &is_interrupted, |reference| {
        reference.record(settings, dataset, weights, &args.steps, &trace)
    });
    if let Some(code) = interrupt.exit_code() {
        bail!(Interrupted(code));
    }
    drop(interrupt);
    let reference = told?;
    let recorder = record(settings, dataset, weights, &args.steps)?;
    recorder.save(&folder.path().join(LENET5))?;
    Ok(Sides { reference, folder })
}

/// Asks the reference `question`, and gives what the reference is, for people.
fn ask_reference(
    args: &Args,
    is_interrupted: &dyn Fn() -> bool,
    question: impl FnOnce(&Reference<'_>) -> Result<(), ParityError>,
) -> anyhow::Result<String> {
    let path = args.python.clone().or_else(Python::find).context(
        "there is no .venv with a Python for the reference: run `make venv`, or name a Python \
         with --python",
    )?;
    let mut python = Python {
        is_interrupted,
        ..Python::new(path)
    };
    if let Some(seconds) = args.timeout {
        let limit = Duration::from_secs(seconds.into());
        (python.import_limit, python.limit) = (limit, limit);
    }
    let version = python.torch_version()?;
    let name = format!("{}, torch {version}", shown(&python.path));
    warn_of_other_torch(&python.path, &version);
    let scripts = unpack_scripts()?;
    let reference = Reference {
        python,
        scripts: scripts.path().to_owned(),
    };
    question(&reference)?;
    Ok(name)
}

fn warn_of_other_torch(python: &Path, version: &str) {
    let release = |version: &str| version.split('+').next().unwrap_or_default().to_owned();
    if release(version) != release(libtorch::TORCH_VERSION) {
        say!(
            "warning: {} has torch {version}, but this program runs on {}: their bits may differ",
            shown(python),
            libtorch::TORCH_VERSION
        );
    }
}

/// A TorchScript module, and the logits of the test images.
fn with_module(
    path: &Path,
    preprocessing: PreprocessingOptions,
    settings: &Settings,
    weights: Option<&Tensors>,
    dataset: &Dataset,
) -> anyhow::Result<Sides> {
    let mut generator = Generator::manual_seed(settings.seed);
    let network = (settings.variant.build)(settings.classes, &mut generator)?;
    if let Some(weights) = weights {
        weights::load_state_dict(weights, &network.state_dict())?;
    }
    let module = load_classifier(path, &LoadOptions::default(), preprocessing, Device::Cpu);
    let module = module.with_context(|| shown(path))?;
    print_notes(path, &module.notes);
    ensure!(
        module.variant.is_none(),
        "{}: is not a TorchScript module; its weights can be compared with --weights",
        shown(path)
    );
    check_classes(path, module.num_classes, Some(settings.classes))?;
    let loader = DataLoader::new(&dataset.test, settings.test_batch_size);
    let folder = temporary_folder()?;
    let theirs = record_test_logits(module.classifier.as_ref(), loader.iter(&mut generator)?);
    let theirs = theirs.with_context(|| shown(path))?;
    theirs.save(&folder.path().join(REFERENCE))?;
    let ours = record_test_logits(network.as_ref(), loader.iter(&mut generator)?)?;
    ours.save(&folder.path().join(LENET5))?;
    let reference = shown(path);
    Ok(Sides { reference, folder })
}

fn accuracy(side: &Side, dataset: &Dataset) -> anyhow::Result<f64> {
    let trace = side.trace().context("no trace")?;
    let mut stages = trace.stages().iter();
    let logits = stages.find(|stage| stage.step == 0 && stage.name == TEST_LOGITS);
    let logits = trace.array(logits.context("no logits of the test images")?)?;
    let logits = to_tensor(&logits.context("a digest of the logits alone")?)?;
    let correct = logits
        .f_argmax(1, false)?
        .f_eq_tensor(&dataset.test.labels)?;
    let correct = correct.f_sum(None)?.f_int64_value(&[])?;
    Ok(100.0 * correct as f64 / dataset.test.len() as f64)
}

fn text(report: &Report<'_>, diff: &str) -> String {
    format!(
        "{} on {}, threads: {}\n\
         Test accuracy of the weights at the start: {:.2}% here, {:.2}% there\n{diff}",
        report.variant,
        report.data,
        report.threads,
        report.accuracy.lenet5,
        report.accuracy.reference,
    )
}

fn step(text: &str) -> Result<u64, String> {
    match text.parse() {
        Ok(step @ 1..=100_000) => Ok(step),
        _ => Err("expected a number from 1 to 100000".to_owned()),
    }
}
