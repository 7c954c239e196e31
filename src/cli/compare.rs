//! `lenet5 compare`: trains the variants and compares what comes out.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Context;
use lenet5::data::Dataset;
use lenet5::experiment::{self, Epoch, VariantResult, run_seed};
use lenet5::train::Settings;
use lenet5::variant::{VARIANTS, Variant};
use serde::Serialize;
use torch_twin::{atomic_file, device};

use super::busy::BusyMachine;
use super::options::{ComputeOptions, DataOptions, variant_parser};
use super::output::StandardOutput;
use super::usage::UsageError;

/// Train every variant by its best recipe, and compare them as a table and a plot
#[derive(clap::Args)]
#[command(after_help = "\
Example:
  lenet5 compare --data mnist --out runs/compare")]
pub struct Args {
    /// Passes over the training images [default: as many as each variant's recipe has]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    epochs: Option<u32>,

    /// How many seeds to train each variant from: 1, 2, 3, …
    #[arg(long, default_value_t = 3, value_name = "N", value_parser = clap::value_parser!(u64).range(1..=1000))]
    seeds: u64,

    /// The variants to compare [default: all]
    #[arg(long, value_name = "NAMES", value_delimiter = ',', value_parser = variant_parser())]
    variants: Vec<&'static Variant>,

    /// Folder for compare.json, compare.md, compare.csv, compare.svg and compare.png; those of
    /// an earlier comparison are replaced
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,

    #[command(flatten)]
    data: DataOptions,

    #[command(flatten)]
    compute: ComputeOptions,

    /// Print one JSON object on standard output
    #[arg(long)]
    json: bool,
}

/// What `--json` prints and `compare.json` holds.
#[derive(Serialize)]
struct Report<'a> {
    data: &'a str,
    device: String,
    threads: i32,
    variants: &'a [VariantResult],
}

pub fn run(args: &Args) -> anyhow::Result<()> {
    let variants = args.variants()?;
    let device = args.compute.apply()?;
    let busy = BusyMachine::watch();
    if let Some(out) = &args.out {
        // Before the training, which is long.
        fs::create_dir_all(out).with_context(|| out.display().to_string())?;
    }
    let dataset = args.data.load()?;
    let output = StandardOutput::new(args.json);
    let mut results = Vec::new();
    for variant in variants {
        results.push(train(args, variant, &dataset, device, &busy)?);
    }
    output.text(experiment::markdown(&results).trim_end())?;
    let report = Report {
        data: &dataset.origin,
        device: device::name(device),
        threads: tch::get_num_threads(),
        variants: &results,
    };
    output.json(&report)?;
    match &args.out {
        Some(out) => save(out, &report),
        None => Ok(()),
    }
}

impl Args {
    /// The variants that were named, which have to tell so many classes apart, or else all that do.
    fn variants(&self) -> Result<Vec<&'static Variant>, UsageError> {
        let classes = self.data.classes();
        let fits = |variant: &Variant| variant.fixed_classes.is_none_or(|fixed| fixed == classes);
        if let Some(misfit) = self.variants.iter().find(|variant| !fits(variant)) {
            return Err(UsageError(format!(
                "{} does not tell {classes} classes apart",
                misfit.name
            )));
        }
        let all = VARIANTS.iter().copied();
        let is_chosen = |variant: &&'static Variant| match self.variants.is_empty() {
            true => fits(variant),
            false => self.variants.contains(variant),
        };
        Ok(all.filter(is_chosen).collect())
    }
}

fn train(
    args: &Args,
    variant: &'static Variant,
    dataset: &Dataset,
    device: tch::Device,
    busy: &BusyMachine,
) -> anyhow::Result<VariantResult> {
    let mut recipe = variant.best.clone();
    recipe.epochs = args.epochs.unwrap_or(recipe.epochs);
    let classes = args.data.classes();
    let mut result = VariantResult::new(variant, recipe, classes)?;
    for seed in 1..=args.seeds {
        let settings = Settings {
            variant,
            recipe: result.recipe.clone(),
            test_batch_size: 1000,
            seed,
            classes,
            validation: 0,
        };
        let name = format!("{} seed {seed}", variant.name);
        let epochs = settings.recipe.epochs;
        let on_epoch = &mut |epoch: &Epoch| {
            busy.look();
            let Epoch {
                epoch,
                test_accuracy,
                ..
            } = epoch;
            say!("{name}, epoch {epoch} of {epochs}: {test_accuracy:.2}%");
        };
        result
            .seeds
            .push(run_seed(&settings, dataset, device, on_epoch)?);
    }
    Ok(result)
}

fn save(out: &Path, report: &Report) -> anyhow::Result<()> {
    let results = report.variants;
    let mut json = serde_json::to_vec_pretty(report)?;
    json.push(b'\n');
    let files = [
        ("compare.json", json),
        ("compare.md", experiment::markdown(results).into_bytes()),
        ("compare.csv", experiment::csv(results).into_bytes()),
        ("compare.svg", experiment::svg(results)?.into_bytes()),
        ("compare.png", experiment::png(results)?),
    ];
    for (name, contents) in files {
        let path = out.join(name);
        atomic_file::write(&path, &contents).with_context(|| path.display().to_string())?;
        say!("Saved: {}", path.display());
    }
    Ok(())
}
