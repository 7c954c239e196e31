//! `lenet5 fingerprint`: SHA-256 of what an epoch computes, to be compared without Python.

use std::fmt::Write;

use lenet5::data::{self, Source};
use lenet5::parity::Fingerprint;
use lenet5::variant::{VARIANTS, Variant};
use serde::Serialize;
use torch_twin::device::{self, DeviceChoice};
use torch_twin::{Processor, libtorch};

use super::options::{ThreadOptions, variant_parser};
use super::output::StandardOutput;

/// Print SHA-256 of what an epoch on the sample computes, stage by stage
#[derive(clap::Args)]
#[command(after_help = "\
Another build, libtorch or processor computes the same bits if it prints the same;
docs/fingerprints.md has what some of them print. Seed 0, the tutorial's recipe, on the CPU.

Examples:
  lenet5 fingerprint
  lenet5 fingerprint --variants classic --threads 1 --json")]
pub struct Args {
    /// The networks [default: all]
    #[arg(long, value_name = "NAMES", value_delimiter = ',', value_parser = variant_parser())]
    variants: Vec<&'static Variant>,

    #[command(flatten)]
    threads: ThreadOptions,

    /// Print one JSON object on standard output
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct Report {
    torch: &'static str,
    #[serde(flatten)]
    processor: Processor,
    threads: i32,
    fingerprints: Vec<Fingerprint>,
}

pub fn run(args: &Args) -> anyhow::Result<()> {
    device::resolve(DeviceChoice::Cpu)?;
    args.threads.apply()?;
    let sample = data::load(Some(&Source::Sample), &mut |_| ())?;
    let variants = match args.variants.is_empty() {
        true => VARIANTS,
        false => &args.variants,
    };
    let fingerprints = variants
        .iter()
        .map(|variant| Fingerprint::new(variant, &sample));
    let report = Report {
        torch: libtorch::TORCH_VERSION,
        processor: Processor::current()?,
        threads: tch::get_num_threads(),
        fingerprints: fingerprints.collect::<Result<_, _>>()?,
    };
    let output = StandardOutput::new(args.json);
    match args.json {
        true => output.json(&report),
        false => output.text(&text(&report)),
    }?;
    Ok(())
}

fn text(report: &Report) -> String {
    let mut text = format!("torch {}", report.torch);
    for (name, value) in report.processor.iter() {
        let _ = write!(text, ", {name} {value}");
    }
    let _ = write!(text, ", threads {}", report.threads);
    for fingerprint in &report.fingerprints {
        let _ = write!(text, "\n\n{}", fingerprint.variant);
        for digest in &fingerprint.digests {
            let _ = write!(text, "\n  {:<18}{}", digest.stage, digest.sha256);
        }
    }
    text
}
