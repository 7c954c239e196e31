//! `lenet5 eval`: how well a trained network does on the test images.

use std::path::PathBuf;

use anyhow::Context;
use comfy_table::Table;
use lenet5::train::{Evaluation, evaluate};
use lenet5::variant::{Variant, load_classifier};
use serde::Serialize;
use torch_twin::Generator;
use torch_twin::data::DataLoader;

use super::busy::BusyMachine;
use super::options::{ComputeOptions, DataOptions, batch_size, check_classes, variant_parser};
use super::output::{self, StandardOutput, print_conversions, shown};

/// Measure a trained network on the test images
#[derive(clap::Args)]
#[command(after_help = "\
Example:
  lenet5 eval runs/first/model.safetensors --data mnist")]
pub struct Args {
    /// The weights: safetensors, a file of torch.save, or a TorchScript module, which is run
    weights: PathBuf,

    /// The network's variant [default: what the file says, else classic; TorchScript runs as it is]
    #[arg(long, value_parser = variant_parser())]
    variant: Option<&'static Variant>,

    /// Images an evaluation step
    #[arg(long, default_value_t = 1000, value_name = "N", value_parser = batch_size)]
    test_batch_size: usize,

    #[command(flatten)]
    data: DataOptions,

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
    class_accuracies: Vec<Option<f64>>,
}

pub fn run(args: &Args) -> anyhow::Result<()> {
    let device = args.compute.apply()?;
    let busy = BusyMachine::watch();
    let loaded = load_classifier(&args.weights, args.variant, device)
        .with_context(|| shown(&args.weights))?;
    print_conversions(&args.weights, &loaded.conversions);
    check_classes(&args.weights, loaded.num_classes, args.data.classes())?;

    let dataset = args.data.load_test_set()?;
    busy.look();
    let loader = DataLoader::new(&dataset.test, args.test_batch_size);
    // Nothing is drawn after the evaluation.
    let mut generator = Generator::manual_seed(0);
    let evaluation = evaluate(loaded.classifier.as_ref(), &loader, device, &mut generator)
        .with_context(|| shown(&args.weights))?;
    let output = StandardOutput::new(args.json);
    output.text(&text(&evaluation))?;
    output.json(&Report {
        evaluation: &evaluation,
        accuracy: evaluation.accuracy(),
        class_accuracies: evaluation.class_accuracies(),
    })?;
    Ok(())
}

fn text(evaluation: &Evaluation) -> String {
    let Evaluation {
        loss,
        correct,
        total,
        ..
    } = evaluation;
    format!(
        "Test Loss: {loss:.4}\nTest Accuracy: {:.2}% ({correct} of {total})\n\n\
         Rows are true classes, columns predicted ones:\n{}",
        evaluation.accuracy(),
        confusion_table(evaluation)
    )
}

fn confusion_table(evaluation: &Evaluation) -> Table {
    let classes = 0..evaluation.confusion.len();
    let header = std::iter::once(String::new())
        .chain(classes.clone().map(|class| class.to_string()))
        .chain(["accuracy".to_owned()]);
    let mut table = output::table(header, 0..classes.len() + 2);
    for (class, accuracy) in classes.zip(evaluation.class_accuracies()) {
        let accuracy = accuracy.map_or("-".to_owned(), |accuracy| format!("{accuracy:.2}%"));
        let counts = evaluation.confusion[class].iter().map(u64::to_string);
        let row = std::iter::once(class.to_string()).chain(counts);
        table.add_row(row.chain([accuracy]));
    }
    table
}
