//! `lenet5 parity`: this network and PyTorch's side by side, stage by stage.

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, bail, ensure};
use lenet5::data::Dataset;
use lenet5::parity::{
    ParityError, Python, Reference, Stages, stages, test_stages, unpack_scripts, verdict,
};
use lenet5::train::Settings;
use lenet5::variant::{LoadOptions, PreprocessingOptions, VARIANTS, load_classifier, load_network};
use serde::Serialize;
use tch::{Device, Tensor};
use torch_twin::compare::{Comparison, compare_stages};
use torch_twin::data::DataLoader;
use torch_twin::device::{self, DeviceChoice};
use torch_twin::{Generator, Tensors, TorchError, libtorch, weights};

use super::interrupt::{Interrupt, Interrupted};
use super::options::{DataOptions, ThreadOptions, check_classes};
use super::output::{StandardOutput, shown};
use super::table::{Column, Table};
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
    steps: Vec<usize>,

    /// Seed of initial values and shuffling, as torch.manual_seed
    #[arg(long, default_value_t = 0)]
    seed: u64,

    #[command(flatten)]
    data: DataOptions,

    #[command(flatten)]
    threads: ThreadOptions,

    /// Print one JSON object on standard output
    #[arg(long)]
    json: bool,
}

/// What `--json` prints.
#[derive(Serialize)]
struct Report {
    identical: bool,
    variant: &'static str,
    data: String,
    threads: i32,
    reference: String,
    /// Right answers on the test images, in per cent, before any step of training.
    accuracy: Accuracy,
    /// The line that names what parts the two first; none where nothing does.
    verdict: Option<String>,
    stages: Vec<Stage>,
}

#[derive(Serialize)]
struct Accuracy {
    reference: Option<f64>,
    lenet5: Option<f64>,
}

#[derive(Serialize)]
struct Stage {
    name: String,
    shape: Vec<i64>,
    identical: bool,
    differing: usize,
    max_absolute: f64,
    max_ulps: u64,
    /// Where it differs first, in words.
    difference: Option<String>,
}

/// The two sides of the comparison.
struct Sides {
    /// What the other side is, for people.
    reference: String,
    expected: Tensors,
    actual: Stages,
}

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
    let comparisons = compare_stages(&sides.expected, &sides.actual)?;
    let differing = comparisons
        .iter()
        .filter(|comparison| !comparison.identical())
        .count();
    let report = Report {
        identical: differing == 0,
        variant: settings.variant.name,
        data: dataset.origin.clone(),
        threads: tch::get_num_threads(),
        accuracy: accuracy(&sides, &dataset)?,
        verdict: verdict(&sides.expected, &sides.actual)?.map(|verdict| verdict.to_string()),
        reference: sides.reference,
        stages: comparisons.iter().map(Stage::new).collect(),
    };
    let output = StandardOutput::new(args.json);
    if args.json {
        output.json(&report)?;
    } else {
        output.text(&text(&report, output.width()))?;
    }
    match comparisons
        .iter()
        .find(|comparison| !comparison.identical())
    {
        None => Ok(()),
        Some(first) => bail!(
            "{differing} of {} stages differ; first {first}",
            comparisons.len()
        ),
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
    let mut steps = args.steps.clone();
    steps.sort_unstable();
    steps.dedup();
    // While a Python runs, a signal has to end it and remove what it was given.
    let interrupt = Interrupt::new().context("signals cannot be taken over")?;
    let is_interrupted = || interrupt.exit_code().is_some();
    let told = ask_reference(args, &is_interrupted, |reference| {
        reference.stages(settings, dataset, weights, &steps)
    });
    if let Some(code) = interrupt.exit_code() {
        bail!(Interrupted(code));
    }
    drop(interrupt);
    let (reference, expected) = told?;
    Ok(Sides {
        reference,
        expected,
        actual: stages(settings, dataset, weights, &steps)?,
    })
}

/// What the reference is, for people, and what it answers to `question`.
fn ask_reference(
    args: &Args,
    is_interrupted: &dyn Fn() -> bool,
    question: impl FnOnce(&Reference<'_>) -> Result<Tensors, ParityError>,
) -> anyhow::Result<(String, Tensors)> {
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
    Ok((name, question(&reference)?))
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
    let batches = loader.iter(&mut generator)?;
    let expected = test_stages(module.classifier.as_ref(), &dataset.test, batches)
        .with_context(|| shown(path))?;
    let batches = loader.iter(&mut generator)?;
    Ok(Sides {
        reference: shown(path),
        expected: expected.into_iter().collect(),
        actual: test_stages(network.as_ref(), &dataset.test, batches)?,
    })
}

fn accuracy(sides: &Sides, dataset: &Dataset) -> Result<Accuracy, TorchError> {
    const STAGE: &str = "test/correct";
    let percent = |correct: Option<&Tensor>| -> Result<Option<f64>, TorchError> {
        let Some(correct) = correct else {
            return Ok(None);
        };
        let correct = correct.f_int64_value(&[])?;
        Ok(Some(100.0 * correct as f64 / dataset.test.len() as f64))
    };
    let of_network = sides.actual.iter().find(|(name, _)| name == STAGE);
    Ok(Accuracy {
        reference: percent(sides.expected.get(STAGE))?,
        lenet5: percent(of_network.map(|(_, tensor)| tensor))?,
    })
}

impl Stage {
    fn new(comparison: &Comparison) -> Self {
        Self {
            name: comparison.name.clone(),
            shape: comparison.shape.clone(),
            identical: comparison.identical(),
            differing: comparison.differing,
            max_absolute: comparison.max_absolute,
            max_ulps: comparison.max_ulps,
            difference: (!comparison.identical()).then(|| comparison.to_string()),
        }
    }
}

fn text(report: &Report, width: Option<usize>) -> String {
    let mut table = Table::new([
        Column::whole("stage"),
        Column::whole("shape").goes(1),
        Column::number("largest difference"),
        Column::number("largest in ULP").goes(2),
        Column::whole("identical"),
    ]);
    for stage in &report.stages {
        let shape: Vec<_> = stage.shape.iter().map(i64::to_string).collect();
        table.add_row([
            stage.name.clone(),
            shape.join("×"),
            scientific(stage.max_absolute),
            stage.max_ulps.to_string(),
            if stage.identical { "yes" } else { "NO" }.to_owned(),
        ]);
    }
    let identical = report.stages.iter().filter(|stage| stage.identical).count();
    let percent = |accuracy: Option<f64>| accuracy.map_or("-".to_owned(), |a| format!("{a:.2}%"));
    let verdict = report.verdict.as_ref();
    let verdict = verdict.map_or_else(String::new, |verdict| format!("\n{verdict}"));
    format!(
        "{} on {}, threads: {}\nagainst {}\n{}\n\
         Test accuracy of the weights at the start: {} here, {} there\n\
         {identical} of {} stages are identical{verdict}",
        report.variant,
        report.data,
        report.threads,
        report.reference,
        table.fitted(width),
        percent(report.accuracy.lenet5),
        percent(report.accuracy.reference),
        report.stages.len(),
    )
}

fn scientific(number: f64) -> String {
    if number == 0.0 {
        "0".to_owned()
    } else {
        format!("{number:.3e}")
    }
}

fn step(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(step @ 1..=100_000) => Ok(step),
        _ => Err("expected a number from 1 to 100000".to_owned()),
    }
}
