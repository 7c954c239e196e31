//! `lenet5 compare`: trains the variants and compares what comes out.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail, ensure};
use lenet5::data::Split;
use lenet5::experiment::{self, SeedRun, VariantResult};
use lenet5::figure::Figure;
use lenet5::train::{
    Environment, EpochMetrics, FolderLock, Observer, Origin, Outcome, Provenance, Run, RunError,
    RunFolder, RunOptions, Settings, Step, TrainingData, data_sha256,
};
use lenet5::variant::{VARIANTS, Variant};
use serde::Serialize;
use tempfile::TempDir;
use torch_twin::{atomic_file, backends};

use super::failure::UsageError;
use super::interrupt::{Interrupt, Interrupted};
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
    /// those of an earlier comparison, and for the run of each seed, as train leaves it: broken off,
    /// the same command goes on where it was
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

/// The folder of the runs, in that of the comparison.
const SEEDS: &str = "seeds";

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
    let data_sha256 = data_sha256(&dataset)?;
    let data = TrainingData {
        train: dataset.train,
        validation: None,
    };
    let seeds = Seeds {
        options: RunOptions {
            data: &data,
            source: args.data.source(),
            labels_from: args.data.labels_from(),
            data_sha256: data_sha256.clone(),
            device,
            checkpoint_every: None,
            test_each_epoch: Some(&dataset.test),
        },
        test: &dataset.test,
        origin: &dataset.origin,
        folder: Folder::of(args.out.as_deref())?,
        interrupt: Interrupt::new().context("signals cannot be taken over")?,
        busy,
    };
    let output = StandardOutput::new(args.json);
    let results = variants
        .into_iter()
        .map(|variant| args.train(variant, &seeds));
    let variants = results.collect::<Result<Vec<_>, _>>()?;
    output.text(&text(&variants, output.width()))?;
    let runs = variants.iter().flat_map(|variant| &variant.seeds);
    let first = runs.filter_map(|seed| seed.run.provenance.started.clone());
    let first = first.min();
    let origin = Origin {
        data: dataset.origin.clone(),
        data_sha256,
        command: own_command_line(),
    };
    let report = Report {
        provenance: Provenance::now(origin, &Environment::current(device)?, first),
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
            result.seeds.push(seeds.train(settings)?);
        }
        Ok(result)
    }
}

/// Where the comparison and its runs are written.
struct Folder {
    path: PathBuf,
    _temporary: Option<TempDir>,
    lock: Option<FolderLock>,
}

impl Folder {
    /// The folder that was named, which one process at a time has, or one that goes with the process.
    fn of(out: Option<&Path>) -> anyhow::Result<Self> {
        let Some(out) = out else {
            let temporary = TempDir::new().context("no temporary folder")?;
            return Ok(Self {
                path: temporary.path().to_owned(),
                _temporary: Some(temporary),
                lock: None,
            });
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
        fs::create_dir_all(out).with_context(|| format!("cannot use {}", shown(out)))?;
        Ok(Self {
            path: out.to_owned(),
            _temporary: None,
            lock: Some(FolderLock::take(out)?),
        })
    }
}

/// What all seeds have in common.
struct Seeds<'a> {
    options: RunOptions<'a>,
    test: &'a Split,
    /// Where the data came from, for people.
    origin: &'a str,
    folder: Folder,
    interrupt: Interrupt,
    busy: BusyMachine,
}

impl Seeds<'_> {
    /// The run of `settings` to its end, from where it was broken off.
    fn train(&self, settings: Settings) -> anyhow::Result<SeedRun> {
        let name = format!("{} seed {}", settings.variant.name, settings.seed);
        let epochs = settings.recipe.epochs;
        let mut run = self.begin(&name, settings)?;
        if run.progress().epoch == epochs {
            say!("{name}: done before");
        }
        let mut reporter = Reporter {
            name,
            epochs,
            seeds: self,
        };
        if run.train(&mut reporter)? == Outcome::Interrupted {
            if self.folder.lock.is_some() {
                say!("The same command goes on from here");
            }
            bail!(Interrupted(self.interrupt.exit_code().unwrap_or(1)));
        }
        let trained = run.into_trained();
        let evaluation = trained.test(self.test)?;
        Ok(SeedRun {
            run: trained.save(&evaluation, self.origin, own_command_line())?,
            metrics: trained.header.metrics,
        })
    }

    /// The run from where it was broken off, or from its beginning, where it was trained otherwise or is
    /// damaged.
    fn begin(&self, name: &str, settings: Settings) -> anyhow::Result<Run<'_>> {
        let seed = format!("{}-{}", settings.variant.name, settings.seed);
        let path = self.folder.path.join(SEEDS).join(seed);
        if path.exists() {
            match self.resume(&path, settings.clone()) {
                Ok(run) => return Ok(run),
                Err(error) => say!("{name} begins anew: {:#}", anyhow::Error::from(error)),
            }
        }
        let folder = RunFolder::create(&path, true)?;
        Ok(Run::start(settings, None, self.options.clone(), folder)?)
    }

    fn resume(&self, path: &Path, settings: Settings) -> Result<Run<'_>, RunError> {
        let folder = RunFolder::open(path)?;
        let checkpoint = folder.latest_checkpoint(&mut |_, _| {})?;
        checkpoint.header.check_settings(&settings)?;
        let options = self.options.clone();
        Run::resume(checkpoint, settings, options, folder, false, &mut |_| {})
    }
}

/// Says how each epoch does on the test images.
struct Reporter<'a> {
    name: String,
    epochs: u32,
    seeds: &'a Seeds<'a>,
}

impl Observer for Reporter<'_> {
    fn step(&mut self, _epoch: u32, _step: &Step) {}

    fn epoch(&mut self, metrics: &EpochMetrics) -> io::Result<()> {
        self.seeds.busy.look();
        let Self { name, epochs, .. } = self;
        let accuracy = metrics.test_accuracy.unwrap_or_default();
        say!(
            "{name}, epoch {} of {epochs}: {accuracy:.2}%",
            metrics.epoch
        );
        Ok(())
    }

    fn is_interrupted(&self) -> bool {
        self.seeds.interrupt.exit_code().is_some()
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
