//! `lenet5 convert`: weights from one format into another.

use std::path::PathBuf;

use anyhow::{Context, bail, ensure};
use clap::ValueEnum;
use clap::builder::{PathBufValueParser, TypedValueParser};
use lenet5::onnx::{self, Input};
use lenet5::variant::{LoadedNetwork, load_network};
use serde::Serialize;
use tch::kind::FLOAT_CPU;
use tch::{Device, Tensor};
use torch_twin::{atomic_file, weights};

use super::failure::UsageError;
use super::output::{StandardOutput, shown};
use super::weights::{WeightsOptions, print_notes};

/// Convert weights to safetensors, to TorchScript or to ONNX
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  lenet5 convert checkpoint.pth lenet5.safetensors
  lenet5 convert runs/first/model.safetensors lenet5.pt
  lenet5 convert runs/first/model.safetensors lenet5.onnx --input pixels")]
pub struct Args {
    /// The weights: safetensors, a file of torch.save, or TorchScript whose tensors have our names
    #[arg(value_name = "IN")]
    input: PathBuf,

    /// The file to write: .safetensors, .pt for TorchScript that torch.jit.load reads, or .onnx
    #[arg(value_name = "OUT", value_parser = PathBufValueParser::new().try_map(target))]
    output: Target,

    #[command(flatten)]
    options: WeightsOptions,

    /// What an ONNX model takes: images (N×1×32×32 float32, padded and scaled to 0..1) or pixels
    /// (N×28×28 uint8) [default: images]
    #[arg(long = "input", value_name = "INPUT")]
    onnx_input: Option<Input>,

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

#[derive(Clone, Copy, PartialEq, ValueEnum)]
enum Format {
    Safetensors,
    /// TorchScript.
    Pt,
    Onnx,
}

pub fn run(args: &Args) -> anyhow::Result<()> {
    let Target { path, format } = &args.output;
    if args.onnx_input.is_some() && *format != Format::Onnx {
        let reason = "--input says what an ONNX model takes: name an OUT that ends in .onnx";
        bail!(UsageError(reason.to_owned()));
    }
    ensure!(
        args.force || path.symlink_metadata().is_err(),
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
    save(args, loaded)?;
    say!("Saved: {}", shown(path));
    StandardOutput::new(args.json).json(&report)?;
    Ok(())
}

fn save(args: &Args, loaded: LoadedNetwork) -> anyhow::Result<()> {
    let Target { path, format } = &args.output;
    let LoadedNetwork {
        network,
        variant,
        num_classes,
        mut metadata,
        ..
    } = loaded;
    metadata.insert("variant".to_owned(), variant.name.to_owned());
    metadata.insert("classes".to_owned(), num_classes.to_string());
    let state_dict = network.state_dict();
    match format {
        Format::Safetensors => {
            weights::save(path, state_dict.iter(), &metadata).with_context(|| shown(path))
        }
        Format::Pt => {
            let images = Tensor::f_zeros([2, 1, 32, 32], FLOAT_CPU)?;
            weights::save_torchscript(path, "lenet5", network.as_ref(), &images, &metadata)
                .with_context(|| shown(path))
        }
        Format::Onnx => {
            let input = args.onnx_input.unwrap_or_default();
            let model = onnx::model(variant.onnx, &state_dict, num_classes, input, &metadata)
                .with_context(|| shown(&args.input))?;
            atomic_file::write(path, &model)
                .with_context(|| format!("{}: cannot be written", shown(path)))
        }
    }
}

fn target(path: PathBuf) -> Result<Target, &'static str> {
    let ending = path.extension().unwrap_or_default().to_string_lossy();
    match Format::from_str(&ending, true) {
        Ok(format) => Ok(Target { path, format }),
        Err(_) => Err("expected a name that ends in .safetensors, .pt or .onnx"),
    }
}
