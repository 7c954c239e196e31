//! `torch-twin diff`: two traces, or a trace and weights, stage by stage.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context;
use torch_twin::compare::Tolerance;
use torch_twin::diff::{Document, Options, Report, Side, differing_settings};
use torch_twin::printable;

use super::output::{coloured, print, print_json, width};
use super::{page, table};

/// Compare two traces stage by stage, and report the first difference
///
/// Either side may be a file of weights in place of a trace: it is compared with the weights of the other.
#[derive(clap::Args)]
#[command(after_help = "\
Exit codes: 0 where nothing differs, 1 where something does or a file cannot be read, 2 for wrong usage.

Examples:
  torch-twin diff theirs.trace ours.trace
  torch-twin diff theirs.trace ours.trace --step 2 --all
  torch-twin diff on_cpu.trace on_gpu.trace --rtol 1.3e-6 --atol 1e-5
  torch-twin diff theirs.trace model.safetensors")]
pub struct Args {
    /// A trace, or weights: safetensors, torch.save or TorchScript, which is run
    a: PathBuf,

    /// The other
    b: PathBuf,

    /// Let values differ by this part of B's, as torch.allclose
    #[arg(long, value_name = "R", default_value_t = 0.0, value_parser = tolerance)]
    rtol: f64,

    /// Let values differ by this much, as torch.allclose
    #[arg(long, value_name = "A", default_value_t = 0.0, value_parser = tolerance)]
    atol: f64,

    /// Compare this step alone; of weights, those after it [default: all steps; of weights, the last]
    #[arg(long, value_name = "N")]
    step: Option<u64>,

    /// Print one JSON object on standard output
    #[arg(long, conflicts_with = "all")]
    json: bool,

    /// Write a page for the browser, with everything in it
    #[arg(long, value_name = "FILE")]
    html: Option<PathBuf>,

    /// Let --html overwrite a file
    #[arg(long, requires = "html")]
    force: bool,

    /// Show every stage, equal ones too
    #[arg(long)]
    all: bool,
}

pub fn run(args: &Args) -> anyhow::Result<ExitCode> {
    let (a, b) = (open(&args.a)?, open(&args.b)?);
    let options = Options {
        tolerance: Tolerance {
            rtol: args.rtol,
            atol: args.atol,
        },
        step: args.step,
    };
    let names = [shown(&args.a), shown(&args.b)];
    let report = Report::new(&a, &b, options).with_context(|| names.join(" and "))?;
    let document = Document::new(&report, (&names[0], &a), (&names[1], &b));
    if let Some(path) = &args.html {
        let written = page::write(path, &document, [&args.a, &args.b], args.force);
        written.with_context(|| shown(path))?;
    }
    if args.json {
        print_json(&document)?;
    } else {
        print(&text(&report, args, [(&names[0], &a), (&names[1], &b)]))?;
    }
    Ok(match report.is_equal() {
        true => ExitCode::SUCCESS,
        false => ExitCode::FAILURE,
    })
}

fn open(path: &Path) -> anyhow::Result<Side> {
    Side::open(path).with_context(|| shown(path))
}

/// A path for people; what would command the terminal is escaped.
fn shown(path: &Path) -> String {
    printable(&path.to_string_lossy())
}

fn text(report: &Report, args: &Args, sides: [(&str, &Side); 2]) -> String {
    let mut lines = Vec::new();
    for (letter, (name, side)) in ["A", "B"].into_iter().zip(sides) {
        let settings = side.settings().map(|settings| {
            let recorder = settings.recorder.as_str();
            let values = settings.iter().filter(|(name, _)| *name != "recorder");
            let values: Vec<_> = values
                .map(|(name, value)| format!("{name} {}", printable(value)))
                .collect();
            format!(" by {}, {}", printable(recorder), values.join(", "))
        });
        lines.push(format!(
            "{letter}: {name}, {}{}",
            side.description(),
            settings.unwrap_or_default()
        ));
    }
    lines.push(table::stages(report, args.all, width()));
    lines.extend(renamed(report));
    lines.extend(report.notes.iter().map(|note| printable(note)));
    let differing = differing_settings(sides[0].1, sides[1].1);
    if !differing.is_empty() {
        lines.push(format!(
            "Settings that differ, and may be the reason: {}",
            differing.join(", ")
        ));
    }
    let Tolerance { rtol, atol } = report.options.tolerance;
    if let Some(verdict) = &report.verdict {
        if !report.options.tolerance.is_none() {
            lines.push(format!("Compared within rtol {rtol:e} and atol {atol:e}"));
        }
        lines.push(coloured(&report.line(), false));
        lines.push(format!("  {}", verdict.reason));
    } else {
        lines.push(coloured(&report.line(), true));
    }
    lines.join("\n")
}

/// A line about stages that were matched under other names.
fn renamed(report: &Report) -> Option<String> {
    let rows = report.rows.iter();
    let mut pairs = rows.filter_map(|row| Some((&row.stage.name, row.renamed.as_ref()?)));
    let first = pairs.next()?;
    let (ours, theirs) = (printable(first.0), printable(first.1));
    Some(match pairs.count() {
        0 => format!("One stage has another name in B: {ours} in A is {theirs}"),
        more => format!(
            "{} stages have other names in B: {ours} in A is {theirs}, and so on",
            more + 1
        ),
    })
}

fn tolerance(text: &str) -> Result<f64, String> {
    match text.parse() {
        Ok(number) if (0.0..f64::INFINITY).contains(&number) => Ok(number),
        _ => Err("expected a number from 0 on".to_owned()),
    }
}
