//! A small data set, runs of the binary on it, and what they leave.

use std::fs;
use std::path::PathBuf;

use assert_cmd::Command;
use serde_json::Value;
use tempfile::TempDir;

use crate::common::{json_file, lenet5, reference, write_small_dataset};

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

    /// Writes a small data set; another seed, another data set.
    pub fn write_data(&self, name: &str, seed: u32) {
        write_small_dataset(&self.path(name), seed);
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
        let mut command = lenet5(arguments);
        command.current_dir(self.folder.path());
        command
    }

    /// `python_ref/train.py` on the small data set.
    pub fn python(&self, arguments: &[&str]) -> Command {
        let reference = reference();
        let mut command = Command::new(reference.python.path);
        command.current_dir(self.folder.path());
        command.arg(reference.scripts.join("train.py"));
        command.arg("--data").arg(self.path("data")).args(arguments);
        command
    }

    /// What a run left, without what is measured and not computed.
    pub fn result(&self, run: &str) -> RunResult {
        let folder = self.path(run);
        let read = |file: &str| fs::read_to_string(folder.join(file)).expect(file);
        let report = json_file(&folder.join("run.json"));
        let metrics = read("metrics.jsonl");
        let metrics = metrics.lines().map(|line| {
            let mut epoch: Value = serde_json::from_str(line).expect("JSON");
            let values = epoch.as_object_mut().expect("an object");
            values.remove("seconds");
            values.remove("images_per_second");
            values.remove("finished");
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
