//! What reads the cases.

use std::fs;
use std::path::Path;

use clap::Parser;
use lenet5::data::idx::{Idx, Kind};
use lenet5::data::{self, Source, Split};
use lenet5::model;
use lenet5::picture::{self, Invert};
use lenet5::train::{Checkpoint, Trainer};
use lenet5::weights;
use tch::Device;
use tempfile::TempDir;

use crate::cli::Cli;

/// A part of the program that reads what comes from outside.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Target {
    Idx,
    Weights,
    Picture,
    Checkpoint,
    CommandLine,
}

const ALL: [Target; 5] = [
    Target::Idx,
    Target::Weights,
    Target::Picture,
    Target::Checkpoint,
    Target::CommandLine,
];

impl Target {
    pub fn name(self) -> String {
        format!("{self:?}")
    }

    pub fn of(name: &str) -> Self {
        let mut all = ALL.into_iter();
        all.find(|target| target.name() == name).expect("a target")
    }

    /// What takes a case, and whatever it makes of it comes back.
    pub fn reader(self) -> Box<dyn FnMut(&[u8])> {
        let folder = in_memory();
        let file = folder.path().join("case");
        match self {
            Self::Idx => Box::new(|contents| {
                for kind in [Kind::Images, Kind::Labels] {
                    let _ = Idx::read(contents, Path::new("case"), kind);
                }
            }),
            Self::Weights => Box::new(move |contents| {
                let _kept = &folder;
                fs::write(&file, contents).expect("written");
                let _ = weights::load_network(&file, None, Device::Cpu);
                let _ = weights::load_native(&file, None, Device::Cpu);
            }),
            Self::Picture => Box::new(move |contents| {
                let _kept = &folder;
                fs::write(&file, contents).expect("written");
                let _ = picture::read(&file, Invert::Auto);
            }),
            Self::Checkpoint => {
                let split = small_split();
                Box::new(move |contents| {
                    let _kept = &folder;
                    fs::write(&file, contents).expect("written");
                    go_on_from(&file, &split);
                })
            }
            Self::CommandLine => Box::new(|contents| {
                let text = String::from_utf8_lossy(contents);
                let arguments = std::iter::once("lenet5").chain(text.split('\n'));
                let _ = Cli::try_parse_from(arguments);
            }),
        }
    }
}

/// As `train --resume` does, up to the next step.
fn go_on_from(file: &Path, split: &Split) {
    let Ok(Checkpoint { header, tensors }) = Checkpoint::load(file) else {
        return;
    };
    let variant = model::variant(&header.settings.variant).expect("checked");
    let trainer = Trainer::new(variant, &header.settings, split, Device::Cpu);
    let mut trainer = trainer.expect("checked settings make a network");
    if trainer.restore(&header.progress, &tensors).is_ok() {
        let _ = trainer.train_step();
    }
}

fn small_split() -> Split {
    let dataset = data::load(Some(&Source::Sample), 10, &mut |_| {}).expect("the sample").dataset;
    dataset.train.split_at(64).expect("64 images").0
}

/// A folder that is no disk, where there is one.
fn in_memory() -> TempDir {
    let shared = Path::new("/dev/shm");
    let folder = if shared.is_dir() { TempDir::new_in(shared) } else { TempDir::new() };
    folder.expect("a temporary folder")
}
