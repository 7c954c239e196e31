//! `torch-twin diff`: two traces, or a trace and weights, stage by stage.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context;
use torch_twin_trace::compare::Tolerance;
use torch_twin_trace::diff::{Document, Options, Report, ScriptLoader, Side, TextStyle};
use torch_twin_trace::printable;

use super::output::{is_coloured, print, print_json, width};
use super::page;

/// What runs TorchScript modules, where libtorch is linked.
#[cfg(feature = "torchscript")]
const LOADER: Option<ScriptLoader> = Some(torch_twin::diff::load_script);
#[cfg(not(feature = "torchscript"))]
const LOADER: Option<ScriptLoader> = None;

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
    /// A trace, or weights: safetensors, torch.save or TorchScript
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
        let style = TextStyle {
            all: args.all,
            width: width(),
            coloured: is_coloured(),
        };
        print(&report.text([(&names[0], &a), (&names[1], &b)], style))?;
    }
    Ok(match report.is_equal() {
        true => ExitCode::SUCCESS,
        false => ExitCode::FAILURE,
    })
}

fn open(path: &Path) -> anyhow::Result<Side> {
    Side::open_with(path, LOADER).with_context(|| shown(path))
}

/// A path for people; what would command the terminal is escaped.
fn shown(path: &Path) -> String {
    printable(&path.to_string_lossy())
}

fn tolerance(text: &str) -> Result<f64, String> {
    match text.parse() {
        Ok(number) if (0.0..f64::INFINITY).contains(&number) => Ok(number),
        _ => Err("expected a number from 0 on".to_owned()),
    }
}
