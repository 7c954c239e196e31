//! `lenet5 eval`: how well a trained network does on the test images.

use std::path::PathBuf;

use anyhow::ensure;
use comfy_table::Table;
use lenet5::model;
use lenet5::train::{Evaluation, evaluate};
use lenet5::weights;
use serde::Serialize;

use super::options::{ComputeOptions, DataOptions, batch_size, variant_parser};
use super::output::{self, Output, print_notes};

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
    variant: Option<String>,

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
    let variant = args.variant.as_deref().and_then(model::variant);
    let loaded = weights::load_network(&args.weights, variant, device)?;
    let (path, num_classes) = (args.weights.display(), loaded.num_classes);
    print_notes(&args.weights, &loaded.notes);
    ensure!(
        num_classes == args.data.classes(),
        "{path}: tells {num_classes} classes apart, not {}; evaluate it with --classes {num_classes}",
        args.data.classes()
    );

    let dataset = args.data.load()?;
    let batch_size = args.test_batch_size;
    let network = loaded.network.as_ref();
    let evaluation = evaluate(network, &dataset.test, num_classes, batch_size, device)?;
    let output = Output::new(args.json);
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
