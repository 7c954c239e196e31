//! What reads the cases.

use std::fs;
use std::ops::ControlFlow;
use std::path::Path;

use clap::Parser;
use lenet5::data::idx::Idx;
use lenet5::data::{self, IdxKind, Source, Split};
use lenet5::picture::{self, Invert};
use lenet5::train::{Checkpoint, Progress, Settings, TrainError, Trainer};
use lenet5::variant::{
    LoadOptions, MAX_WEIGHTS_BYTES, PreprocessingOptions, VARIANTS, load_classifier, load_network,
};
use tch::Device;
use tempfile::TempDir;
use torch_twin::weights::{self, Weights};

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

/// Reads a case, and says whether it took it.
pub type Reader = Box<dyn FnMut(&[u8]) -> bool>;

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

    /// What reads a case, and says whether it took it.
    pub fn reader(self) -> Reader {
        let folder = in_memory();
        let file = folder.path().join("case");
        match self {
            Self::Idx => Box::new(|contents| {
                let kinds = [IdxKind::Images, IdxKind::Labels];
                let read = kinds.map(|kind| Idx::read(contents, kind).is_ok());
                read.contains(&true)
            }),
            Self::Weights => Box::new(move |contents| {
                let _kept = &folder;
                fs::write(&file, contents).expect("written");
                let is_run = load_classifier(
                    &file,
                    &LoadOptions::default(),
                    PreprocessingOptions::default(),
                    Device::Cpu,
                )
                .is_ok();
                load_network(&file, &LoadOptions::default(), Device::Cpu).is_ok() || is_run
            }),
            Self::Picture => Box::new(move |contents| {
                let _kept = &folder;
                fs::write(&file, contents).expect("written");
                picture::read(&file, Invert::Auto).is_ok()
            }),
            Self::Checkpoint => {
                let split = small_split();
                Box::new(move |contents| {
                    let _kept = &folder;
                    fs::write(&file, contents).expect("written");
                    goes_on_from(&file, &split)
                })
            }
            Self::CommandLine => Box::new(|contents| {
                let text = String::from_utf8_lossy(contents);
                let arguments = std::iter::once("lenet5").chain(text.split('\n'));
                Cli::try_parse_from(arguments).is_ok()
            }),
        }
    }
}

/// As `train --resume` does, up to the next step.
fn goes_on_from(file: &Path, split: &Split) -> bool {
    let Ok(Checkpoint { header, tensors }) = Checkpoint::load(file) else {
        return could_go_on_from(file, split);
    };
    let Ok(mut trainer) = Trainer::new(&header.settings, split, Device::Cpu) else {
        return false;
    };
    let one_step = |_: &Trainer<'_>, _: &_| Ok::<_, TrainError>(ControlFlow::Break(()));
    trainer
        .restore(&header.progress, &header.metrics, &tensors)
        .is_ok()
        && trainer.train_epoch(one_step).is_ok()
}

/// The same without the digest of the tensors, which would stop most changes at the door. Whoever
/// means harm writes the right one.
fn could_go_on_from(file: &Path, split: &Split) -> bool {
    let Ok(Weights { tensors, .. }) = weights::load(file, MAX_WEIGHTS_BYTES) else {
        return false;
    };
    let settings = Settings::tutorial(VARIANTS[0]);
    let trainer = Trainer::new(&settings, split, Device::Cpu);
    let progress = Progress {
        step: 1,
        ..Progress::after(0)
    };
    let restored = trainer
        .expect("a network")
        .restore(&progress, &[], &tensors);
    restored.is_ok()
}

/// A few images of the sample.
pub fn small_split() -> Split {
    let dataset = data::load(Some(&Source::Sample), &mut |_| {}).expect("the sample");
    dataset.train.split_at(64).expect("64 images").0
}

/// A folder that is no disk, where there is one.
fn in_memory() -> TempDir {
    let shared = Path::new("/dev/shm");
    let folder = if shared.is_dir() {
        TempDir::new_in(shared)
    } else {
        TempDir::new()
    };
    folder.expect("a temporary folder")
}
