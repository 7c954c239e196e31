//! `lenet5 convert`: weights from one format into another.

use std::path::{Path, PathBuf};

use anyhow::{Context, ensure};
use clap::ValueEnum;
use clap::builder::{PathBufValueParser, TypedValueParser};
use lenet5::variant::{LoadedNetwork, load_network};
use serde::Serialize;
use tch::kind::FLOAT_CPU;
use tch::{Device, Tensor};
use torch_twin::weights;

use super::output::{StandardOutput, shown};
use super::weights::{WeightsOptions, print_notes};

/// Convert weights to safetensors or to TorchScript
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  lenet5 convert checkpoint.pth lenet5.safetensors
  lenet5 convert runs/first/model.safetensors lenet5.pt")]
pub struct Args {
    /// The weights: safetensors, a file of torch.save, or TorchScript whose tensors have our names
    #[arg(value_name = "IN")]
    input: PathBuf,

    /// The file to write: .safetensors, or .pt for TorchScript that torch.jit.load reads
    #[arg(value_name = "OUT", value_parser = PathBufValueParser::new().try_map(target))]
    output: Target,

    #[command(flatten)]
    options: WeightsOptions,

    /// Overwrite OUT
    #[arg(long)]
    force: bool,

    /// Print one JSON object on standard output
    #[arg(long)]
    json: bool,
}

/// What `--json` prints.
#[derive(Serialize)]
struct Report {
    saved: String,
    variant: &'static str,
    classes: usize,
    weights_sha256: String,
}

/// A file to write, and how.
#[derive(Clone)]
struct Target {
    path: PathBuf,
    format: Format,
}

#[derive(Clone, Copy, ValueEnum)]
enum Format {
    Safetensors,
    /// TorchScript.
    Pt,
}

pub fn run(args: &Args) -> anyhow::Result<()> {
    let Target { path, format } = &args.output;
    ensure!(
        args.force || !path.exists(),
        "{} exists; name another file, or overwrite it with --force",
        shown(path)
    );
    let loaded = load_network(&args.input, &args.options.load_options()?, Device::Cpu);
    let loaded = loaded.with_context(|| shown(&args.input))?;
    print_notes(&args.input, &loaded.notes);
    let report = Report {
        saved: path.to_string_lossy().into_owned(),
        variant: loaded.variant.name,
        classes: loaded.num_classes,
        weights_sha256: loaded.network.state_dict().sha256()?,
    };
    save(path, *format, loaded)?;
    say!("Saved: {}", shown(path));
    StandardOutput::new(args.json).json(&report)?;
    Ok(())
}

fn save(path: &Path, format: Format, loaded: LoadedNetwork) -> anyhow::Result<()> {
    let LoadedNetwork {
        network,
        variant,
        num_classes,
        mut metadata,
        ..
    } = loaded;
    metadata.insert("variant".to_owned(), variant.name.to_owned());
    metadata.insert("classes".to_owned(), num_classes.to_string());
    let saved = match format {
        Format::Safetensors => weights::save(path, network.state_dict().iter(), &metadata),
        Format::Pt => {
            let images = Tensor::f_zeros([2, 1, 32, 32], FLOAT_CPU)?;
            weights::save_torchscript(path, "lenet5", network.as_ref(), &images, &metadata)
        }
    };
    saved.with_context(|| shown(path))
}

fn target(path: PathBuf) -> Result<Target, &'static str> {
    let ending = path.extension().unwrap_or_default().to_string_lossy();
    match Format::from_str(&ending, false) {
        Ok(format) => Ok(Target { path, format }),
        Err(_) => Err("expected a name that ends in .safetensors or .pt"),
    }
}
