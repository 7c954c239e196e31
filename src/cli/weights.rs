//! Options for how a file of weights is taken.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, ensure};
use clap::Args;
use lenet5::variant::{LoadOptions, Names, Normalize, Note, PreprocessingOptions, Variant};
use torch_twin::weights::NameMapError;

use super::failure::UsageError;
use super::options::variant_parser;
use super::output::shown;

/// The word that lets the shapes decide.
const AUTO: &str = "auto";

/// More than any list of names has.
const MAX_MAP_BYTES: u64 = 1 << 20;

/// Which network a file holds, and under which names.
#[derive(Args)]
pub struct WeightsOptions {
    /// The network's variant [default: what the file says or shows; TorchScript runs as it is]
    #[arg(long, value_parser = variant_parser())]
    pub variant: Option<&'static Variant>,

    #[command(flatten)]
    pub map: MapOptions,
}

/// Under which names a file holds its weights.
#[derive(Args)]
pub struct MapOptions {
    /// Our names for the file's layers or tensors: pairs as in c1=conv1,c3=conv2, or a file of them; the
    /// word auto among them or alone lets the shapes decide where they fit in one way only
    #[arg(long, value_name = "auto|PAIRS|FILE")]
    map: Option<PathBuf>,
}

/// What images a network takes.
#[derive(Args)]
pub struct PreprocessingArguments {
    /// Height and width of the images that the network takes: 32, or 28 without the padding, which a
    /// variant of ours then adds after --normalize [default: what it takes, 32 before 28]
    #[arg(long, value_name = "SIDE", value_parser = side)]
    input_size: Option<i64>,

    /// Give the network (x - MEAN) / STD, as transforms.Normalize, where x is from 0 to 1
    #[arg(long, value_name = "MEAN,STD", allow_hyphen_values = true)]
    normalize: Option<Normalize>,
}

impl WeightsOptions {
    pub fn load_options(&self) -> anyhow::Result<LoadOptions> {
        Ok(LoadOptions {
            variant: self.variant,
            names: self.map.names()?,
        })
    }
}

impl MapOptions {
    /// Refuses names for the tensors of no file.
    pub fn require(&self, option: &str, is_given: bool) -> Result<(), UsageError> {
        match self.map.is_some() && !is_given {
            true => Err(UsageError(format!("--map is for the weights of {option}"))),
            false => Ok(()),
        }
    }

    pub fn names(&self) -> anyhow::Result<Names> {
        let Some(map) = &self.map else {
            return Ok(Names::default());
        };
        let text = map.to_string_lossy();
        if text.contains('=') && !map.is_file() || text == AUTO {
            let named = names(&text);
            return named.map_err(|error| UsageError(format!("--map: {error}")).into());
        }
        let file = read(map).with_context(|| format!("--map {}", shown(map)))?;
        names(&file).with_context(|| format!("--map {}", shown(map)))
    }
}

/// Pairs of names, with or without the word that lets the shapes decide where there is no pair.
fn names(text: &str) -> Result<Names, NameMapError> {
    let (auto, pairs): (Vec<&str>, Vec<&str>) = text
        .split(['\n', ','])
        .partition(|part| part.trim() == AUTO);
    Ok(Names {
        map: pairs.join("\n").parse()?,
        by_shape: !auto.is_empty(),
    })
}

fn read(path: &Path) -> anyhow::Result<String> {
    let metadata = fs::metadata(path)
        .context("neither auto, nor pairs such as c1=conv1, nor a file that can be read")?;
    ensure!(metadata.is_file(), "is not a file");
    ensure!(
        metadata.len() <= MAX_MAP_BYTES,
        "holds more than {MAX_MAP_BYTES} bytes"
    );
    fs::read_to_string(path).context("cannot be read as text")
}

impl PreprocessingArguments {
    /// Refuses to say what images no module takes.
    pub fn require(&self, option: &str, is_given: bool) -> Result<(), UsageError> {
        let is_said = self.options() != PreprocessingOptions::default();
        match is_said && !is_given {
            true => Err(UsageError(format!(
                "--input-size and --normalize are for the module of {option}"
            ))),
            false => Ok(()),
        }
    }

    pub fn options(&self) -> PreprocessingOptions {
        PreprocessingOptions {
            side: self.input_size,
            normalize: self.normalize,
        }
    }
}

fn side(text: &str) -> Result<i64, &'static str> {
    match text.parse() {
        Ok(side @ (28 | 32)) => Ok(side),
        _ => Err("expected 28 or 32"),
    }
}

/// Says what was done to take the weights in `path`.
pub fn print_notes(path: &Path, notes: &[Note]) {
    for note in notes {
        let others = match note {
            Note::AssumedPreprocessing(_) => " (--input-size and --normalize give others)",
            _ => "",
        };
        say!("note: {}: {note}{others}", shown(path));
    }
}
