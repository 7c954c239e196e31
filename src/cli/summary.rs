//! `lenet5 summary`: the network as a table of its layers.

use std::path::PathBuf;

use anyhow::Context;
use lenet5::variant::{LayerSummary, Summary, VARIANTS, load_network};
use serde::Serialize;
use tch::Device;
use torch_twin::Generator;

use super::output::{StandardOutput, grouped, shown, wrapped};
use super::table::{Column, Table};
use super::weights::{WeightsOptions, print_notes};

/// Show the layers, their sizes and what they cost
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  lenet5 summary
  lenet5 summary --weights runs/first/model.safetensors --json")]
pub struct Args {
    /// Trained weights of any format that eval reads, whose network is to be shown
    #[arg(long, value_name = "FILE")]
    weights: Option<PathBuf>,

    #[command(flatten)]
    options: WeightsOptions,

    /// Print one JSON object on standard output
    #[arg(long)]
    json: bool,
}

/// What `--json` prints.
#[derive(Serialize)]
struct Report {
    variant: &'static str,
    classes: usize,
    #[serde(flatten)]
    summary: Summary,
}

pub fn run(args: &Args) -> anyhow::Result<()> {
    let report = report(args)?;
    let output = StandardOutput::new(args.json);
    if args.json {
        output.json(&report)?;
    } else {
        output.text(&text(&report, output.width()))?;
    }
    Ok(())
}

fn report(args: &Args) -> anyhow::Result<Report> {
    const CLASSES: usize = 10;
    let (variant, classes, network) = match &args.weights {
        Some(path) => {
            let loaded = load_network(path, &args.options.load_options()?, Device::Cpu);
            let loaded = loaded.with_context(|| shown(path))?;
            print_notes(path, &loaded.notes);
            (loaded.variant, loaded.num_classes, loaded.network)
        }
        None => {
            args.options.map.require("--weights", false)?;
            let variant = args.options.variant.unwrap_or(VARIANTS[0]);
            let network = (variant.build)(CLASSES, &mut Generator::manual_seed(0))?;
            (variant, CLASSES, network)
        }
    };
    Ok(Report {
        variant: variant.name,
        classes,
        summary: Summary::of(variant, network.as_ref())?,
    })
}

fn text(report: &Report, width: Option<usize>) -> String {
    let Summary {
        layers,
        parameters,
        multiply_adds,
    } = &report.summary;
    let mut table = Table::new([
        Column::text("layer"),
        Column::text("PyTorch").goes(3),
        Column::text("input").goes(2),
        Column::text("operation"),
        Column::whole("output").goes(4),
        Column::whole("(W - F + 2P) / S + 1 = O").goes(1),
        Column::number("parameters"),
        Column::number("multiply-adds").goes(5),
    ]);
    for layer in layers {
        table.add_row(row(layer));
    }
    let total = ["total", "", "", "", "", ""].map(str::to_owned);
    let sums = [parameters, multiply_adds].map(|&sum| grouped(sum));
    table.add_row(total.into_iter().chain(sums));
    let note = "A multiply-add is a multiplication with its addition, for one image; averages are \
                not counted.";
    format!(
        "{}, {} classes\n{}\n{}",
        report.variant,
        report.classes,
        table.fitted(width),
        wrapped(note, width)
    )
}

fn row(layer: &LayerSummary) -> [String; 8] {
    [
        layer.layer.to_owned(),
        layer.name.unwrap_or_default().to_owned(),
        size(&layer.input),
        layer.operation.to_owned(),
        size(&layer.output),
        layer.output_size.clone().unwrap_or_default(),
        grouped(layer.parameters),
        grouped(layer.multiply_adds),
    ]
}

fn size(sides: &[usize]) -> String {
    let sides: Vec<_> = sides.iter().map(usize::to_string).collect();
    sides.join("×")
}
