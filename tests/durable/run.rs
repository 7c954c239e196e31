//! A small data set, runs of the binary on it, and what they leave.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Output;

use assert_cmd::Command;
use serde_json::Value;
use tempfile::TempDir;

/// Training images of the small data set: eleven steps of 60, the last one partial.
pub const TRAIN: usize = 640;
const TEST: usize = 100;

/// A folder for data and runs.
pub struct Workshop {
    folder: TempDir,
}

impl Workshop {
    pub fn new() -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let workshop = Self { folder };
        workshop.write_data("data", 1);
        workshop
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Writes the four IDX files of a data set; another seed, another data set.
    pub fn write_data(&self, name: &str, seed: u32) -> PathBuf {
        let folder = self.path(name);
        fs::create_dir_all(&folder).expect("a folder");
        for (part, count) in [("train", TRAIN), ("t10k", TEST)] {
            let mut random = seed.wrapping_mul(2_654_435_761) ^ count as u32;
            let mut byte = || {
                random = random.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                (random >> 24) as u8
            };
            let labels: Vec<u8> = (0..count).map(|_| byte() % 10).collect();
            // An image's brightness tells its label, so that there is something to learn.
            let pixels = labels.iter().flat_map(|label| vec![label * 20; 784]);
            let pixels: Vec<u8> = pixels
                .map(|level| level / 2 + byte() / 4 + level / 4)
                .collect();
            let mut images = header(2051, &[count, 28, 28]);
            images.extend(pixels);
            let labels = [header(2049, &[count]), labels].concat();
            fs::write(folder.join(format!("{part}-images-idx3-ubyte")), images).expect("written");
            fs::write(folder.join(format!("{part}-labels-idx1-ubyte")), labels).expect("written");
        }
        folder
    }

    /// `lenet5 train` on the small data set with one thread.
    pub fn train(&self, arguments: &[&str]) -> Command {
        let mut command = self.lenet5(&["train", "--threads", "1", "--batch-size", "60"]);
        command.arg("--data").arg(self.path("data")).args(arguments);
        command
    }

    /// `lenet5 train --resume`, which needs nothing else.
    pub fn resume(&self, run: &str) -> Command {
        let mut command = self.lenet5(&["train", "--resume"]);
        command.arg(self.path(run));
        command
    }

    fn lenet5(&self, arguments: &[&str]) -> Command {
        let mut command = Command::cargo_bin("lenet5").expect("the binary is built");
        command.current_dir(self.folder.path()).args(arguments);
        command
    }

    /// `python_ref/train.py` on the small data set.
    pub fn python(&self, arguments: &[&str]) -> Command {
        let mut command = self.interpreter();
        command.arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("python_ref/train.py"));
        command.arg("--data").arg(self.path("data")).args(arguments);
        command
    }

    /// A program of one's own in the reference's Python.
    pub fn python_program(&self, program: &str) -> Command {
        let mut command = self.interpreter();
        command.args(["-c", program]);
        command
    }

    fn interpreter(&self) -> Command {
        let project = Path::new(env!("CARGO_MANIFEST_DIR"));
        let mut command = Command::new(project.join(".venv/bin/python"));
        command.current_dir(self.folder.path());
        command
    }

    /// What a run left, without what is measured and not computed.
    pub fn result(&self, run: &str) -> RunResult {
        let folder = self.path(run);
        let read = |file: &str| fs::read_to_string(folder.join(file)).expect(file);
        let report: Value = serde_json::from_str(&read("run.json")).expect("JSON");
        let metrics = read("metrics.jsonl");
        let metrics = metrics.lines().map(|line| {
            let mut epoch: Value = serde_json::from_str(line).expect("JSON");
            let values = epoch.as_object_mut().expect("an object");
            values.remove("seconds");
            values.remove("images_per_second");
            epoch
        });
        RunResult {
            weights_sha256: report["weights_sha256"]
                .as_str()
                .expect("a digest")
                .to_owned(),
            test_loss: report["test_loss"].clone(),
            metrics: metrics.collect(),
        }
    }

    /// Names of the files in a run's folder, in order.
    pub fn files(&self, run: &str) -> Vec<String> {
        let entries = fs::read_dir(self.path(run)).expect("a folder");
        let names = entries.map(|entry| entry.expect("an entry").file_name());
        let mut names: Vec<_> = names
            .map(|name| name.to_string_lossy().into_owned())
            .collect();
        names.sort();
        names
    }

    /// The checkpoints in a run's folder, the oldest first.
    pub fn checkpoints(&self, run: &str) -> Vec<PathBuf> {
        let names = self
            .files(run)
            .into_iter()
            .filter(|name| name.starts_with("checkpoint-"));
        names.map(|name| self.path(run).join(name)).collect()
    }
}

/// What must be the same however often a run was broken off.
#[derive(Debug, PartialEq)]
pub struct RunResult {
    pub weights_sha256: String,
    pub test_loss: Value,
    pub metrics: Vec<Value>,
}

fn header(magic: u32, dimensions: &[usize]) -> Vec<u8> {
    let numbers = dimensions.iter().map(|&dimension| dimension as u32);
    let words = std::iter::once(magic).chain(numbers);
    words.flat_map(u32::to_be_bytes).collect()
}

pub fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}
