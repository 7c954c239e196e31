//! `lenet5 predict`: which digit a picture shows.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::{Context, bail, ensure};
use lenet5::data::to_input;
use lenet5::model::Classifier;
use lenet5::picture::{self, Digit, Invert};
use lenet5::variant::load_classifier;
use serde::Serialize;
use tch::{Device, Kind, Tensor};
use torch_twin::TorchError;

use super::drawing;
use super::options::{ComputeOptions, batch_size};
use super::output::{StandardOutput, shown};
use super::weights::{PreprocessingArguments, WeightsOptions, print_notes};

/// As many as `eval` computes at once, so that both give the same logits.
const DEFAULT_BATCH_SIZE: usize = 1000;

/// Tell which digit each picture shows
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  lenet5 predict runs/first/model.safetensors photo.jpg
  lenet5 predict runs/first/model.safetensors drawings/ --show
  lenet5 predict runs/first/model.safetensors *.png --json")]
pub struct Args {
    /// The weights: safetensors, a file of torch.save, or a TorchScript module, which is run
    weights: PathBuf,

    /// PNG, JPEG, GIF, BMP or WebP pictures of one digit each; a folder means all pictures in it
    #[arg(required = true, value_name = "IMAGE")]
    images: Vec<PathBuf>,

    /// Whether the ink is darker than the paper: auto, yes or no
    #[arg(long, default_value = "auto", value_name = "WHEN")]
    invert: Invert,

    /// Draw what the network saw
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

/// What `--json` prints for a picture.
#[derive(Serialize)]
struct Report {
    file: String,
    digit: usize,
    probability: f32,
    logits: Vec<f32>,
}

/// A picture that was read, and is about to be looked at by the network.
struct Picture {
    path: PathBuf,
    digit: Digit,
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

    let (paths, mut failures) = pictures(&args.images);
    let total = paths.len() + failures;
    let printer = Printer::new(args, &paths);
    let mut batch = Vec::new();
    let mut since = Instant::now();
    for path in paths {
        match picture::read(&path, args.invert) {
            Ok(digit) => batch.push(Picture { path, digit }),
            Err(error) => {
                say!("error: {}: {:#}", shown(&path), anyhow::Error::from(error));
                failures += 1;
            }
        }
        // Nobody should wait for a whole batch of photographs to see the first answer.
        let is_late = since.elapsed() > Duration::from_secs(1);
        if batch.len() == args.batch_size || is_late && !batch.is_empty() {
            predictor.predict(&batch, &printer)?;
            batch.clear();
            since = Instant::now();
        }
    }
    predictor.predict(&batch, &printer)?;
    if failures > 0 {
        bail!("{failures} of {total} could not be read as a picture of a digit");
    }
    Ok(())
}

/// The pictures' paths, those of a folder in the order of their names, and how many folders gave
/// none; each of those is reported.
fn pictures(arguments: &[PathBuf]) -> (Vec<PathBuf>, usize) {
    let (mut paths, mut failures) = (Vec::new(), 0);
    for argument in arguments {
        if !argument.is_dir() {
            paths.push(argument.clone());
            continue;
        }
        let problem = match pictures_in(argument) {
            Ok(pictures) if pictures.is_empty() => "holds no picture".to_owned(),
            Ok(pictures) => {
                paths.extend(pictures);
                continue;
            }
            Err(error) => format!("cannot be read: {error}"),
        };
        say!("error: {}: {problem}", shown(argument));
        failures += 1;
    }
    (paths, failures)
}

fn pictures_in(folder: &Path) -> std::io::Result<Vec<PathBuf>> {
    let mut paths = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        // What cannot be opened is kept, and reported when it is to be read.
        if picture::is_picture(&path).unwrap_or(true) {
            paths.push(path);
        }
    }
    paths.sort();
    Ok(paths)
}

/// A network that looks at pictures in batches of one size.
struct Predictor {
    classifier: Box<dyn Classifier>,
    device: Device,
    batch_size: usize,
}

impl Predictor {
    fn predict(&self, pictures: &[Picture], printer: &Printer) -> anyhow::Result<()> {
        if pictures.is_empty() {
            return Ok(());
        }
        let logits = self.logits(pictures)?;
        let probabilities = logits.f_softmax(-1, Kind::Float)?;
        let rows = |tensor: &Tensor| Vec::<Vec<f32>>::try_from(tensor);
        let rows = rows(&logits)?.into_iter().zip(rows(&probabilities)?);
        for (picture, (logits, probabilities)) in pictures.iter().zip(rows) {
            ensure!(
                logits.iter().all(|logit| logit.is_finite()),
                "{}: its logits are infinite or NaN: the weights are too large",
                shown(&picture.path)
            );
            printer.print(picture, logits, &probabilities)?;
        }
        Ok(())
    }

    /// N×classes, on the CPU.
    ///
    /// libtorch has other kernels for other numbers of images, and they round differently. So the
    /// batch is filled up, and a picture has the same logits alone, in a folder and in `eval`.
    fn logits(&self, pictures: &[Picture]) -> Result<Tensor, TorchError> {
        let _no_grad = tch::no_grad_guard();
        let mut images = Vec::new();
        for picture in pictures {
            images.push(picture.digit.to_tensor()?);
        }
        let images = Tensor::f_cat(&images, 0)?;
        let filled_to = self.batch_size.min(DEFAULT_BATCH_SIZE);
        let missing = filled_to.saturating_sub(pictures.len()) as i64;
        let filled = images.f_constant_pad_nd([0, 0, 0, 0, 0, missing])?;
        let logits = self.classifier.logits(&to_input(&filled, self.device)?)?;
        let logits = logits.f_narrow(0, 0, pictures.len() as i64)?;
        Ok(logits.f_to_device(Device::Cpu)?)
    }
}

/// Prints answers, one below the other.
struct Printer {
    output: StandardOutput,
    width: usize,
    show: bool,
    in_colour: bool,
}

impl Printer {
    fn new(args: &Args, paths: &[PathBuf]) -> Self {
        let widths = paths.iter().map(|path| shown(path).chars().count());
        let output = StandardOutput::new(args.json);
        Self {
            in_colour: output.is_in_colour(),
            output,
            width: widths.max().unwrap_or(0),
            show: args.show,
        }
    }

    fn print(
        &self,
        picture: &Picture,
        logits: Vec<f32>,
        probabilities: &[f32],
    ) -> anyhow::Result<()> {
        let mut order: Vec<usize> = (0..probabilities.len()).collect();
        order.sort_by(|&a, &b| probabilities[b].total_cmp(&probabilities[a]));
        let Some((&digit, runners_up)) = order.split_first() else {
            bail!("the network tells no classes apart");
        };
        let percent = |class: usize| 100.0 * probabilities[class];
        if !self.output.is_json() {
            let others = runners_up.iter().take(2);
            let others: Vec<_> = others
                .map(|&class| format!("{class} {:5.2}%", percent(class)))
                .collect();
            self.output.text(&format!(
                "{:<width$}  {digit}  {:6.2}%   then {}",
                shown(&picture.path),
                percent(digit),
                others.join(", "),
                width = self.width
            ))?;
        }
        if self.show {
            self.output
                .text(&drawing::draw(picture.digit.pixels(), self.in_colour))?;
        }
        self.output.json(&Report {
            file: picture.path.to_string_lossy().into_owned(),
            digit,
            probability: probabilities[digit],
            logits,
        })?;
        Ok(())
    }
}
