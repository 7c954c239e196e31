//! Valid files, from which the cases are made.

use std::fs;
use std::io::{Cursor, Write};
use std::path::{Path, PathBuf};
use std::process::Command;

use flate2::Compression;
use flate2::write::GzEncoder;
use image::{GrayImage, ImageFormat, Luma};
use lenet5::model;
use lenet5::train::{Environment, Header, Settings, Trainer};
use tch::Device;
use tempfile::TempDir;

use crate::targets::small_split;

/// Valid files in a folder.
pub struct Seeds {
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
            folder: folder.to_owned(),
            contents: paths
                .iter()
                .map(|path| fs::read(path).expect("readable"))
                .collect(),
            _temporary: None,
        }
    }

    pub fn folder(&self) -> &Path {
        &self.folder
    }

    pub fn contents(&self) -> &[Vec<u8>] {
        &self.contents
    }

    fn new(write: impl FnOnce(&Path)) -> Self {
        let temporary = tempfile::tempdir().expect("a temporary folder");
        write(temporary.path());
        let mut seeds = Self::load(temporary.path());
        seeds._temporary = Some(temporary);
        seeds
    }

    fn of(contents: &[Vec<u8>]) -> Self {
        Self::new(|folder| {
            for (number, contents) in contents.iter().enumerate() {
                fs::write(folder.join(format!("{number:02}")), contents).expect("written");
            }
        })
    }

    /// Images and labels, plain and gzip.
    pub fn idx() -> Self {
        let images = [
            &[0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0, 28, 0, 0, 0, 28][..],
            &[7; 1568],
        ]
        .concat();
        let labels = [&[0, 0, 8, 1, 0, 0, 0, 5][..], &[0, 1, 2, 3, 9]].concat();
        let packed = [&images, &labels].map(|plain| {
            let mut packed = GzEncoder::new(Vec::new(), Compression::default());
            packed.write_all(plain).expect("written");
            packed.finish().expect("packed")
        });
        Self::of(&[vec![images, labels], packed.to_vec()].concat())
    }

    pub fn safetensors() -> Self {
        Self::exported(&["model.safetensors"])
    }

    pub fn pickles() -> Self {
        Self::exported(&[
            "state_dict.pt",
            "legacy.pth",
            "whole_module.pt",
            "under_model.pt",
        ])
    }

    pub fn torchscript() -> Self {
        Self::exported(&["scripted.pt", "traced.pt"])
    }

    /// What PyTorch writes.
    fn exported(names: &[&str]) -> Self {
        let project = Path::new(env!("CARGO_MANIFEST_DIR"));
        Self::new(|folder| {
            let all = tempfile::tempdir().expect("a temporary folder");
            let mut python = Command::new(project.join(".venv/bin/python"));
            python
                .arg(project.join("python_ref/export_formats.py"))
                .arg("--out")
                .arg(all.path());
            let output = python.output().expect("Python starts");
            assert!(
                output.status.success(),
                "{}",
                String::from_utf8_lossy(&output.stderr)
            );
            for name in names {
                fs::copy(all.path().join(name), folder.join(name)).expect("copied");
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
        Self::of(&written.collect::<Vec<_>>())
    }

    /// From the beginning, from the midst of an epoch and from its end.
    pub fn checkpoints() -> Self {
        Self::new(|folder| {
            let split = small_split();
            let mut settings = Settings::tutorial(model::VARIANTS[0]);
            settings.recipe.batch_size = 16;
            let trainer = Trainer::new(model::VARIANTS[0], &settings, &split, Device::Cpu);
            let mut trainer = trainer.expect("a network");
            let mut metrics = Vec::new();
            for place in ["beginning", "midst", "end"] {
                let header = Header {
                    settings: settings.clone(),
                    init: None,
                    environment: Environment::current("cpu".to_owned()),
                    data: None,
                    data_sha256: String::new(),
                    progress: trainer.progress().clone(),
                    metrics: metrics.clone(),
                    best: None,
                };
                let state = trainer.state().expect("finite weights");
                header.save(&folder.join(place), &state).expect("written");
                for _ in 0..2 {
                    trainer.train_step().expect("trained");
                }
                if trainer.epoch_is_over() {
                    metrics.push(trainer.end_epoch());
                }
            }
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
        Self::of(&lines.map(|line| line.as_bytes().to_vec()))
    }
}
