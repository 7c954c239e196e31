//! `lenet5 eval`: how well a trained network does on the test images.

use std::path::PathBuf;

use anyhow::Context;
use lenet5::train::{Evaluation, evaluate};
use lenet5::variant::load_classifier;
use serde::Serialize;
use torch_twin::Generator;
use torch_twin::data::DataLoader;

use super::class_names::ClassNamesOption;
use super::confusion::confusion;
use super::options::{ComputeOptions, DataOptions, batch_size, check_classes};
use super::output::{StandardOutput, shown};
use super::progress::BusyMachine;
use super::weights::{PreprocessingArguments, WeightsOptions, print_notes};

/// Measure a trained network on the test images
#[derive(clap::Args)]
#[command(after_help = "\
Example:
  lenet5 eval runs/first/model.safetensors --data mnist")]
pub struct Args {
    /// The weights: safetensors, a file of torch.save, or a TorchScript module, which is run
    weights: PathBuf,

    #[command(flatten)]
    options: WeightsOptions,

    #[command(flatten)]
    preprocessing: PreprocessingArguments,

    /// Images an evaluation step
    #[arg(long, default_value_t = 1000, value_name = "N", value_parser = batch_size)]
    test_batch_size: usize,

    #[command(flatten)]
    data: DataOptions,

    #[command(flatten)]
    class_names: ClassNamesOption,

    #[command(flatten)]
    compute: ComputeOptions,

    /// Print one JSON object on standard output
    #[arg(long)]
    json: bool,
}

/// What `--json` prints.
#[derive(Serialize)]
struct Report<'a> {
    #[serde(flatten)]
    evaluation: &'a Evaluation,
    accuracy: f64,
    class_names: &'a [String],
    class_accuracies: Vec<Option<f64>>,
}

pub fn run(args: &Args) -> anyhow::Result<()> {
    let device = args.compute.apply()?;
    let busy = BusyMachine::watch();
    let (options, preprocessing) = (args.options.load_options()?, args.preprocessing.options());
    let loaded = load_classifier(&args.weights, &options, preprocessing, device)
        .with_context(|| shown(&args.weights))?;
    print_notes(&args.weights, &loaded.notes);
    check_classes(&args.weights, loaded.num_classes, args.data.classes)?;
    let names = args.class_names.names(loaded.num_classes)?;

    let dataset = args.data.load_test_set(loaded.num_classes)?;
    busy.look();
    let loader = DataLoader::new(&dataset.test, args.test_batch_size);
    // Nothing is drawn after the evaluation.
    let mut generator = Generator::manual_seed(0);
    let evaluation = evaluate(loaded.classifier.as_ref(), &loader, device, &mut generator)
        .with_context(|| shown(&args.weights))?;
    let output = StandardOutput::new(args.json);
    output.text(&text(&evaluation, &names, output.width()))?;
    output.json(&Report {
        evaluation: &evaluation,
        accuracy: evaluation.accuracy(),
        class_names: &names,
        class_accuracies: evaluation.class_accuracies(),
    })?;
    Ok(())
}

fn text(evaluation: &Evaluation, names: &[String], width: Option<usize>) -> String {
    let Evaluation {
        loss,
        correct,
        total,
        ..
    } = evaluation;
    format!(
        "Test Loss: {loss:.4}\nTest Accuracy: {:.2}% ({correct} of {total})\n\n{}",
        evaluation.accuracy(),
        confusion(&evaluation.confusion, names, width)
    )
}
