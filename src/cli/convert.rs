//! `lenet5 convert`: weights from one format into another.

use std::path::{Path, PathBuf};

use anyhow::{Context, ensure};
use clap::ValueEnum;
use lenet5::model;
use lenet5::weights::{self, Loaded};
use tch::Device;

use super::options::variant_parser;
use super::output::print_notes;

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
    #[arg(value_name = "OUT", value_parser = output)]
    output: Output,

    /// The network's variant [default: what IN says, else classic]
    #[arg(long, value_parser = variant_parser())]
    variant: Option<String>,

    /// Overwrite OUT
    #[arg(long)]
    force: bool,
}

/// A file to write, and how.
#[derive(Clone)]
struct Output {
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
    let Output { path, format } = &args.output;
    ensure!(
        args.force || !path.exists(),
        "{} exists; name another file, or overwrite it with --force",
        path.display()
    );
    let variant = args.variant.as_deref().and_then(model::variant);
    let loaded = weights::load_native(&args.input, variant, Device::Cpu)?;
    print_notes(&args.input, &loaded.notes);
    save(path, *format, loaded)?;
    eprintln!("Saved: {}", path.display());
    Ok(())
}

fn save(path: &Path, format: Format, loaded: Loaded) -> anyhow::Result<()> {
    let variant = loaded.variant.context("no variant")?;
    let mut metadata = loaded.metadata;
    metadata.insert("variant".to_owned(), variant.name.to_owned());
    metadata.insert("classes".to_owned(), loaded.num_classes.to_string());
    match format {
        Format::Safetensors => weights::save(path, &loaded.network.state_dict(), &metadata)?,
        Format::Pt => weights::save_torchscript(path, loaded.network, &metadata)?,
    }
    Ok(())
}

fn output(text: &str) -> Result<Output, String> {
    let path = PathBuf::from(text);
    let ending = path.extension().unwrap_or_default().to_string_lossy();
    match Format::from_str(&ending, false) {
        Ok(format) => Ok(Output { path, format }),
        Err(_) => Err("expected a name that ends in .safetensors or .pt".to_owned()),
    }
}
