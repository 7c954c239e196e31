use std::collections::BTreeMap;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use serde::Serialize;
use thiserror::Error;

use crate::nn::StateDict;
use crate::train::EpochMetrics;
use crate::weights::{self, WeightsError};

const WEIGHTS: &str = "model.safetensors";
const METRICS: &str = "metrics.jsonl";
const RUN: &str = "run.json";

/// The folder that a run leaves behind: weights, figures by epoch, settings and result.
pub struct RunFolder {
    path: PathBuf,
    metrics: File,
}

/// Why a run's folder cannot be used.
#[derive(Debug, Error)]
pub enum RunFolderError {
    /// The folder holds a run already.
    #[error(
        "{} holds a run already ({file}); name another folder with --out, or overwrite it with --force",
        path.display()
    )]
    Taken {
        /// The folder.
        path: PathBuf,
        /// The file that shows it.
        file: &'static str,
    },
    /// The folder or a file in it cannot be read or written.
    #[error("cannot use {}", path.display())]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The weights cannot be written.
    #[error(transparent)]
    Weights(#[from] WeightsError),
}

impl RunFolder {
    /// Makes the folder, or empties it of an earlier run if `force` says so.
    ///
    /// # Errors
    /// A folder that holds a run, or cannot be written.
    pub fn create(path: &Path, force: bool) -> Result<Self, RunFolderError> {
        let at = |file: &Path| {
            let path = file.to_owned();
            move |source| RunFolderError::Io { path, source }
        };
        fs::create_dir_all(path).map_err(at(path))?;
        for file in [RUN, WEIGHTS, METRICS] {
            let earlier = path.join(file);
            if !earlier.exists() {
                continue;
            }
            if !force {
                let path = path.to_owned();
                return Err(RunFolderError::Taken { path, file });
            }
            fs::remove_file(&earlier).map_err(at(&earlier))?;
        }
        let metrics = path.join(METRICS);
        let mut options = OpenOptions::new();
        Ok(Self {
            path: path.to_owned(),
            metrics: options
                .create(true)
                .append(true)
                .open(&metrics)
                .map_err(at(&metrics))?,
        })
    }

    /// The first of `runs/NAME`, `runs/NAME-2`, … that is not there yet.
    pub fn next_free(name: &str) -> PathBuf {
        let numbered = (2..).map(|number| format!("{name}-{number}"));
        let mut candidates = std::iter::once(name.to_owned())
            .chain(numbered)
            .map(|name| Path::new("runs").join(name));
        candidates
            .find(|path| !path.exists())
            .unwrap_or_else(|| Path::new("runs").join(name))
    }

    /// Where the weights are, or will be.
    pub fn weights_path(&self) -> PathBuf {
        self.path.join(WEIGHTS)
    }

    /// Adds an epoch's figures to `metrics.jsonl`.
    ///
    /// # Errors
    /// A file that cannot be written.
    pub fn append_metrics(&mut self, metrics: &EpochMetrics) -> Result<(), RunFolderError> {
        let written = json_line(metrics).and_then(|line| self.metrics.write_all(&line));
        written.map_err(|source| self.error(METRICS, source))
    }

    /// Writes `model.safetensors`.
    ///
    /// # Errors
    /// A file that cannot be written.
    pub fn save_weights(
        &self,
        state_dict: &StateDict,
        metadata: &BTreeMap<String, String>,
    ) -> Result<(), RunFolderError> {
        Ok(weights::save(&self.weights_path(), state_dict, metadata)?)
    }

    /// Writes `run.json`: all settings and the result.
    ///
    /// # Errors
    /// A file that cannot be written.
    pub fn save_run(&self, run: &impl Serialize) -> Result<(), RunFolderError> {
        let written = serde_json::to_vec_pretty(run)
            .map_err(io::Error::from)
            .and_then(|text| fs::write(self.path.join(RUN), [text.as_slice(), b"\n"].concat()));
        written.map_err(|source| self.error(RUN, source))
    }

    fn error(&self, file: &str, source: io::Error) -> RunFolderError {
        RunFolderError::Io {
            path: self.path.join(file),
            source,
        }
    }
}

fn json_line(value: &impl Serialize) -> io::Result<Vec<u8>> {
    let mut line = serde_json::to_vec(value)?;
    line.push(b'\n');
    Ok(line)
}
