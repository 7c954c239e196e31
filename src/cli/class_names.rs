//! The option for what the classes are called.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, ensure};
use clap::Args;
use torch_twin::printable;

use super::output::shown;

/// More than the names of 256 classes have.
const MAX_BYTES: u64 = 1 << 16;

/// The longest name.
const MAX_LENGTH: usize = 100;

/// What the classes are called.
#[derive(Args)]
pub struct ClassNamesOption {
    /// A file with the classes' names, a line each [default: their numbers]
    #[arg(long, value_name = "FILE")]
    class_names: Option<PathBuf>,
}

impl ClassNamesOption {
    /// The names of so many classes.
    pub fn names(&self, num_classes: usize) -> anyhow::Result<Vec<String>> {
        let Some(path) = &self.class_names else {
            return Ok((0..num_classes).map(|class| class.to_string()).collect());
        };
        let names = read(path).with_context(|| format!("--class-names {}", shown(path)))?;
        ensure!(
            names.len() == num_classes,
            "--class-names {}: names {} classes, and the network tells {num_classes} apart",
            shown(path),
            names.len()
        );
        Ok(names)
    }
}

fn read(path: &Path) -> anyhow::Result<Vec<String>> {
    let metadata = fs::metadata(path).context("cannot be read")?;
    ensure!(metadata.is_file(), "is not a file");
    ensure!(
        metadata.len() <= MAX_BYTES,
        "holds more than {MAX_BYTES} bytes"
    );
    let text = fs::read_to_string(path).context("cannot be read as text")?;
    let lines = text.trim_start_matches('\u{feff}').trim_end().lines();
    let names: Vec<String> = lines.map(|line| printable(line.trim())).collect();
    let mut known = BTreeSet::new();
    for (index, name) in names.iter().enumerate() {
        let line = index + 1;
        ensure!(!name.is_empty(), "line {line} is empty");
        ensure!(known.insert(name), "line {line} names {name} again");
        ensure!(
            name.chars().count() <= MAX_LENGTH,
            "line {line} has more than {MAX_LENGTH} characters"
        );
    }
    Ok(names)
}
