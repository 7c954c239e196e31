//! `lenet5 compare`: trains the variants and compares what comes out.

use std::path::{Path, PathBuf};

use anyhow::{Context, ensure};
use lenet5::data::Dataset;
use lenet5::experiment::{self, Epoch, FinishedSeeds, SeedResult, VariantResult, run_seed};
use lenet5::figure::Figure;
use lenet5::train::{Environment, Origin, Provenance, Settings, data_sha256};
use lenet5::variant::{VARIANTS, Variant};
use serde::Serialize;
use tch::Device;
use torch_twin::{atomic_file, backends};

use super::failure::UsageError;
use super::options::{ComputeOptions, DataOptions, variant_parser};
use super::output::{StandardOutput, own_command_line, shown, wrapped};
use super::progress::BusyMachine;
use super::table::{Column, Table};

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

    /// Folder for compare.json, compare.md, compare.csv, compare.svg and compare.png, which replace
    /// those of an earlier comparison, and for the figures of each seed that is done: broken off,
    /// the same command goes on with the next seed
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
struct Report {
    #[serde(flatten)]
    provenance: Provenance,
    variants: Vec<VariantResult>,
}

/// The files of a comparison.
const FILES: [&str; 5] = [
    "compare.json",
    "compare.md",
    "compare.csv",
    "compare.svg",
    "compare.png",
];

pub fn run(args: &Args) -> anyhow::Result<()> {
    let variants = args.variants()?;
    let device = args.compute.apply()?;
    backends::use_caching_allocator();
    let busy = BusyMachine::watch();
    let dataset = args.data.load(args.data.classes())?;
    let environment = Environment::current(device)?;
    let origin = Origin {
        data: dataset.origin.clone(),
        data_sha256: data_sha256(&dataset)?,
        command: own_command_line(),
    };
    let seeds = Seeds {
        finished: args.finished_seeds(&origin, &environment)?,
        dataset: &dataset,
        device,
        busy,
    };
    let output = StandardOutput::new(args.json);
    let results = variants
        .into_iter()
        .map(|variant| args.train(variant, &seeds));
    let variants = results.collect::<Result<Vec<_>, _>>()?;
    output.text(&text(&variants, output.width()))?;
    let seeds = variants.iter().flat_map(|variant| &variant.seeds);
    let first = seeds.map(|seed| &seed.started).min().cloned();
    let report = Report {
        provenance: Provenance::now(origin, &environment, first),
        variants,
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

    /// The seeds that are done already, in the folder that is to hold the comparison.
    fn finished_seeds(
        &self,
        origin: &Origin,
        environment: &Environment,
    ) -> anyhow::Result<Option<FinishedSeeds>> {
        let Some(out) = &self.out else {
            return Ok(None);
        };
        // Found out before the training, which is long.
        for file in FILES.map(|name| out.join(name)) {
            let is_free = !file.exists() || file.is_file();
            ensure!(
                is_free,
                "{}: it is not a file, and one is to be written there",
                shown(&file)
            );
        }
        let data_sha256 = origin.data_sha256.clone();
        Ok(Some(FinishedSeeds::open(
            out,
            environment.clone(),
            data_sha256,
        )?))
    }

    fn train(&self, variant: &'static Variant, seeds: &Seeds<'_>) -> anyhow::Result<VariantResult> {
        let mut recipe = variant.best.clone();
        recipe.epochs = self.epochs.unwrap_or(recipe.epochs);
        let classes = self.data.classes();
        let mut result = VariantResult::new(variant, recipe, classes)?;
        for seed in 1..=self.seeds {
            let settings = Settings {
                variant,
                recipe: result.recipe.clone(),
                test_batch_size: 1000,
                seed,
                classes,
                validation: 0,
                patience: None,
            };
            result.seeds.push(seeds.train(&settings)?);
        }
        Ok(result)
    }
}

/// What all seeds have in common.
struct Seeds<'a> {
    dataset: &'a Dataset,
    device: Device,
    finished: Option<FinishedSeeds>,
    busy: BusyMachine,
}

impl Seeds<'_> {
    /// What `settings` give; not trained again if they gave it before.
    fn train(&self, settings: &Settings) -> anyhow::Result<SeedResult> {
        let name = format!("{} seed {}", settings.variant.name, settings.seed);
        if let Some(result) = self.finished.as_ref().and_then(|kept| kept.get(settings)) {
            say!("{name}: done before");
            return Ok(result);
        }
        let epochs = settings.recipe.epochs;
        let on_epoch = &mut |epoch: &Epoch| {
            self.busy.look();
            let Epoch {
                epoch,
                test_accuracy,
                ..
            } = epoch;
            say!("{name}, epoch {epoch} of {epochs}: {test_accuracy:.2}%");
        };
        let result = run_seed(settings, self.dataset, self.device, on_epoch)?;
        if let Some(finished) = &self.finished {
            finished.keep(settings, &result)?;
        }
        Ok(result)
    }
}

fn text(results: &[VariantResult], width: Option<usize>) -> String {
    let columns = experiment::COLUMNS.into_iter();
    let mut table = Table::new(columns.map(|header| match header {
        "activation" => Column::text(header).goes(5),
        "pooling" => Column::text(header).goes(4),
        "normalisation" => Column::text(header).goes(1),
        "augmentation" => Column::text(header).goes(2),
        "parameters" => Column::number(header).goes(6),
        "seconds an epoch" => Column::number(header).goes(7),
        "reported" => Column::whole(header).goes(3),
        _ => Column::whole(header),
    }));
    for result in results {
        table.add_row(experiment::row(result));
    }
    let notes = results.iter().map(experiment::recipe);
    let notes: Vec<_> = notes.map(|note| wrapped(&note, width)).collect();
    format!(
        "{}\n{}\n{}",
        table.fitted(width),
        wrapped(experiment::note(results), width),
        notes.join("\n")
    )
}

fn save(out: &Path, report: &Report) -> anyhow::Result<()> {
    let results = &report.variants;
    let mut json = serde_json::to_vec_pretty(report)?;
    json.push(b'\n');
    let charts = experiment::charts(results);
    let contents = [
        json,
        experiment::markdown(results).into_bytes(),
        experiment::csv(results).into_bytes(),
        charts.svg()?.into_bytes(),
        charts.png()?,
    ];
    for (name, contents) in FILES.into_iter().zip(contents) {
        let path = out.join(name);
        atomic_file::write(&path, &contents).with_context(|| shown(&path))?;
        say!("Saved: {}", shown(&path));
    }
    Ok(())
}
