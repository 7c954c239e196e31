//! Valid files, from which the cases are made.

use std::fs;
use std::io::{Cursor, Write};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use flate2::Compression;
use flate2::write::GzEncoder;
use image::{GrayImage, ImageFormat, Luma};
use lenet5::data::IdxKind;
use lenet5::train::{Checkpoint, Environment, Header, Settings, TrainError, Trainer};
use lenet5::variant::VARIANTS;
use tch::Device;
use tempfile::TempDir;

use super::targets::small_split;
use crate::common::{exported, idx};

/// Valid files in a folder.
pub struct Seeds {
    name: &'static str,
    folder: PathBuf,
    contents: Vec<Vec<u8>>,
    _temporary: Option<TempDir>,
}

impl Seeds {
    /// The files of a folder, by name.
    pub fn load(folder: &Path) -> Self {
        let entries = fs::read_dir(folder).expect("a folder");
        let mut paths: Vec<_> = entries
            .map(|entry| entry.expect("an entry").path())
            .collect();
        paths.sort();
        Self {
            name: "",
            folder: folder.to_owned(),
            contents: paths
                .iter()
                .map(|path| fs::read(path).expect("readable"))
                .collect(),
            _temporary: None,
        }
    }

    /// What the files are, in a word.
    pub fn name(&self) -> &'static str {
        self.name
    }

    pub fn folder(&self) -> &Path {
        &self.folder
    }

    pub fn contents(&self) -> &[Vec<u8>] {
        &self.contents
    }

    fn new(name: &'static str, write: impl FnOnce(&Path)) -> Self {
        let temporary = tempfile::tempdir().expect("a temporary folder");
        write(temporary.path());
        let loaded = Self::load(temporary.path());
        Self {
            name,
            _temporary: Some(temporary),
            ..loaded
        }
    }

    fn of(name: &'static str, contents: &[Vec<u8>]) -> Self {
        Self::new(name, |folder| {
            for (number, contents) in contents.iter().enumerate() {
                fs::write(folder.join(format!("{number:02}")), contents).expect("written");
            }
        })
    }

    /// Images and labels, plain and gzip.
    pub fn idx() -> Self {
        let images = idx(IdxKind::Images, &[2, 28, 28], &[7; 1568]);
        let labels = idx(IdxKind::Labels, &[5], &[0, 1, 2, 3, 9]);
        let packed = [&images, &labels].map(|plain| {
            let mut packed = GzEncoder::new(Vec::new(), Compression::default());
            packed.write_all(plain).expect("written");
            packed.finish().expect("packed")
        });
        Self::of("idx", &[vec![images, labels], packed.to_vec()].concat())
    }

    pub fn safetensors() -> Self {
        Self::exported("safetensors", &["model.safetensors"])
    }

    pub fn pickles() -> Self {
        Self::exported(
            "pickles",
            &[
                "state_dict.pt",
                "legacy.pth",
                "whole_module.pt",
                "under_model.pt",
            ],
        )
    }

    pub fn torchscript() -> Self {
        Self::exported("torchscript", &["scripted.pt", "traced.pt"])
    }

    /// What PyTorch writes.
    fn exported(name: &'static str, names: &[&str]) -> Self {
        Self::new(name, |folder| {
            for name in names {
                fs::copy(exported(name), folder.join(name)).expect("copied");
            }
        })
    }

    /// A stroke on paper, in each format that is read.
    pub fn pictures() -> Self {
        let stroke = |x: u32, y: u32| (18..24).contains(&x) && (8..36).contains(&y);
        let picture =
            GrayImage::from_fn(40, 44, |x, y| Luma([if stroke(x, y) { 20 } else { 230 }]));
        let formats = [
            ImageFormat::Png,
            ImageFormat::Jpeg,
            ImageFormat::Bmp,
            ImageFormat::Pnm,
            ImageFormat::Gif,
            ImageFormat::WebP,
            ImageFormat::Tiff,
        ];
        let written = formats.into_iter().filter_map(|format| {
            let mut bytes = Cursor::new(Vec::new());
            picture.write_to(&mut bytes, format).ok()?;
            Some(bytes.into_inner())
        });
        Self::of("pictures", &written.collect::<Vec<_>>())
    }

    /// From the beginning, from the midst of an epoch and from its end.
    pub fn checkpoints() -> Self {
        Self::new("checkpoints", |folder| {
            let split = small_split();
            let mut settings = Settings::tutorial(VARIANTS[0]);
            settings.recipe.batch_size = 16;
            let trainer = Trainer::new(&settings, &split, Device::Cpu);
            let mut trainer = trainer.expect("a network");
            write_checkpoint(&trainer, &folder.join("beginning"));
            let epoch = trainer.train_epoch(|trainer, _| {
                write_checkpoint(
                    trainer,
                    &folder.join(format!("{}", trainer.progress().step)),
                );
                Ok::<_, TrainError>(ControlFlow::Continue(()))
            });
            assert!(epoch.expect("trained").is_continue());
        })
    }

    /// Arguments, a line each.
    pub fn command_lines() -> Self {
        let lines = [
            "train\n--epochs\n5\n--seed\n0\n--data\nmnist\n--out\nruns/first\n--lr\n0.001",
            "train\n--resume\nruns/first\n--checkpoint-every\n100\n--threads\n2\n--device\ncuda:0",
            "train\n--variant\nclassic\n--validation\n5000\n--batch-size\n64\n--classes\n10",
            "train\n--optimizer\nsgd\n--momentum\n0.9\n--schedule\ncosine\n--weight-decay\n1e-4",
            "eval\nmodel.safetensors\n--test-batch-size\n1000\n--device\nauto\n--json",
            "convert\nin.pt\nout.safetensors\n--force",
            "predict\nmodel.safetensors\n7.png\n--invert\nauto\n--show",
            "info\n--json\n--threads\n1",
        ];
        Self::of("command-lines", &lines.map(|line| line.as_bytes().to_vec()))
    }
}

fn write_checkpoint(trainer: &Trainer<'_>, path: &Path) {
    let header = Header {
        labels_from: 0,
        settings: trainer.settings().clone(),
        init: None,
        environment: Environment::current(Device::Cpu).expect("a libtorch"),
        data: None,
        data_sha256: String::new(),
        started: None,
        progress: trainer.progress().clone(),
        metrics: Vec::new(),
        best: None,
        checkpoint_every: None,
    };
    let tensors = trainer.state().expect("finite weights");
    let checkpoint = Checkpoint { header, tensors };
    checkpoint.save(path).expect("written");
}
