//! `lenet5 page`: a network as a page for the browser.

use std::path::{Path, PathBuf};

use anyhow::{Context, anyhow, ensure};
use lenet5::page::{self, PageNetwork};
use lenet5::variant::{LoadError, LoadOptions, LoadedNetwork, VARIANTS, load_network};
use serde::Serialize;
use tch::Device;
use torch_twin::atomic_file;

use super::output::{StandardOutput, shown};
use super::weights::{WeightsOptions, print_notes};

/// Write a page that draws and explains every unit of a network in the browser
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  lenet5 page runs/first/model.safetensors --out lenet5.html
  lenet5 page runs/classic runs/modern --out both.html")]
pub struct Args {
    /// The weights of one network or of several to switch between: safetensors, a file of
    /// torch.save, or TorchScript whose tensors have our names
    #[arg(required = true)]
    weights: Vec<PathBuf>,

    /// The file to write; it holds all that the page needs
    #[arg(long, value_name = "FILE.html")]
    out: PathBuf,

    #[command(flatten)]
    options: WeightsOptions,

    /// Overwrite the file
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
    bytes: usize,
    networks: Vec<NetworkReport>,
}

#[derive(Serialize)]
struct NetworkReport {
    file: String,
    variant: &'static str,
    classes: usize,
    weights_sha256: String,
}

pub fn run(args: &Args) -> anyhow::Result<()> {
    let out = &args.out;
    ensure!(
        args.force || !out.exists(),
        "{} exists; name another file, or overwrite it with --force",
        shown(out)
    );
    let options = args.options.load_options()?;
    let loaded = args.weights.iter().map(|path| load(path, &options));
    let loaded = loaded.collect::<anyhow::Result<Vec<_>>>()?;
    let (mut networks, mut reports) = (Vec::new(), Vec::new());
    for (index, (path, network)) in args.weights.iter().zip(&loaded).enumerate() {
        let name = path.file_name().unwrap_or(path.as_os_str());
        let packed = PageNetwork::new(
            title(&loaded, index),
            name.to_string_lossy().into_owned(),
            network.variant,
            network.num_classes,
            network.network.as_ref(),
        );
        networks.push(packed.with_context(|| shown(path))?);
        reports.push(report(path, network)?);
    }
    let html = page::html(&networks)?;
    atomic_file::write(out, html.as_bytes())
        .with_context(|| format!("{}: cannot be written", shown(out)))?;
    say!("Saved: {}", shown(out));
    StandardOutput::new(args.json).json(&Report {
        saved: out.to_string_lossy().into_owned(),
        bytes: html.len(),
        networks: reports,
    })?;
    Ok(())
}

fn load(path: &Path, options: &LoadOptions) -> anyhow::Result<LoadedNetwork> {
    let loaded = load_network(path, options, Device::Cpu).map_err(|error| match error {
        LoadError::NotOfVariant { .. } => {
            let names: Vec<_> = VARIANTS.iter().map(|variant| variant.name).collect();
            anyhow!(
                "{error}\nThe page computes the network by itself, and knows {}. Name the one that \
                 these weights are of with --variant, or train one with lenet5 train",
                names.join(", ")
            )
        }
        other => other.into(),
    });
    let loaded = loaded.with_context(|| shown(path))?;
    print_notes(path, &loaded.notes);
    Ok(loaded)
}

/// The variant's name, with a number where several networks are of it.
fn title(loaded: &[LoadedNetwork], index: usize) -> String {
    let variant = loaded[index].variant;
    let alike = |networks: &[LoadedNetwork]| {
        let of_variant = networks.iter().filter(|other| other.variant == variant);
        of_variant.count()
    };
    match alike(loaded) {
        1 => variant.name.to_owned(),
        _ => format!("{} {}", variant.name, alike(&loaded[..=index])),
    }
}

fn report(path: &Path, loaded: &LoadedNetwork) -> anyhow::Result<NetworkReport> {
    Ok(NetworkReport {
        file: path.to_string_lossy().into_owned(),
        variant: loaded.variant.name,
        classes: loaded.num_classes,
        weights_sha256: loaded.network.state_dict().sha256()?,
    })
}
