use std::collections::BTreeMap;
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io;
use std::path::{Path, PathBuf};

use torch_twin::nn::StateDict;
use torch_twin::{atomic_file, weights};

use super::{Checkpoint, CheckpointError, EpochMetrics, RunError, RunRecord};
use crate::variant::RUN_WEIGHTS;

const BEST: &str = "best.safetensors";
const METRICS: &str = "metrics.jsonl";
const METRICS_TABLE: &str = "metrics.csv";
const RUN: &str = "run.json";
const LOCK: &str = ".lock";
const CHECKPOINT: (&str, &str) = ("checkpoint-", ".safetensors");

/// Checkpoints that are kept: one to go on from, and one more in case the disk damages it.
const KEPT: usize = 2;

/// The folder that a run leaves behind: checkpoints, weights, figures by epoch, settings and result,
/// and pictures of them.
///
/// One process at a time has it.
pub struct RunFolder {
    path: PathBuf,
    _lock: FolderLock,
}

impl RunFolder {
    /// Makes the folder for a new run. What it holds of an earlier run stays there; it is refused
    /// unless `force` says that it may be overwritten.
    ///
    /// # Errors
    /// A folder that holds a run, that another process has, or that cannot be written.
    pub fn create(path: &Path, force: bool) -> Result<Self, RunError> {
        fs::create_dir_all(path).map_err(RunError::at(path))?;
        let folder = Self::lock(path)?;
        match folder.earlier_files()?.first() {
            Some(earlier) if !force => {
                let file = earlier.file_name().unwrap_or_default();
                Err(RunError::Taken {
                    path: path.to_owned(),
                    file: file.to_string_lossy().into_owned(),
                })
            }
            _ => Ok(folder),
        }
    }

    /// Removes what the folder holds of an earlier run.
    pub(super) fn clear(&self) -> Result<(), RunError> {
        for file in self.earlier_files()? {
            fs::remove_file(&file).map_err(RunError::at(&file))?;
        }
        Ok(())
    }

    /// The files of a run that are there.
    fn earlier_files(&self) -> Result<Vec<PathBuf>, RunError> {
        let checkpoints = self.checkpoints()?.into_iter().map(|(_, path)| path);
        let results = [RUN, RUN_WEIGHTS, BEST, METRICS].map(|file| self.path.join(file));
        let drawn = [METRICS_TABLE].into_iter().chain(ReportFiles::NAMES);
        let drawn = drawn.map(|file| self.path.join(file));
        let all = results.into_iter().chain(checkpoints).chain(drawn);
        Ok(all.filter(|file| file.exists()).collect())
    }

    /// Opens the folder of a run that is to go on.
    ///
    /// # Errors
    /// A folder that holds no checkpoint, that another process has, or that cannot be written.
    pub fn open(path: &Path) -> Result<Self, RunError> {
        if checkpoints(path)?.is_empty() {
            return Err(RunError::NoCheckpoint {
                path: path.to_owned(),
            });
        }
        Self::lock(path)
    }

    fn lock(path: &Path) -> Result<Self, RunError> {
        Ok(Self {
            path: path.to_owned(),
            _lock: FolderLock::take(path)?,
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

    /// The folder.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Where the weights are, or will be.
    pub fn weights_path(&self) -> PathBuf {
        self.path.join(RUN_WEIGHTS)
    }

    /// The checkpoints by number of steps, the newest first.
    ///
    /// # Errors
    /// A folder that cannot be read.
    pub fn checkpoints(&self) -> Result<Vec<(u64, PathBuf)>, RunError> {
        checkpoints(&self.path)
    }

    /// The newest checkpoint that is whole; `damaged` is told of those that are not.
    ///
    /// # Errors
    /// A folder whose checkpoints are all damaged: what is wrong with the oldest.
    pub fn latest_checkpoint(
        &self,
        damaged: &mut dyn FnMut(&Path, CheckpointError),
    ) -> Result<Checkpoint, RunError> {
        let mut checkpoints = self.checkpoints()?.into_iter().peekable();
        while let Some((_, path)) = checkpoints.next() {
            match Checkpoint::load(&path) {
                Ok(checkpoint) => return Ok(checkpoint),
                Err(source) if checkpoints.peek().is_none() => {
                    return Err(RunError::Checkpoint { path, source });
                }
                Err(error) => damaged(&path, error),
            }
        }
        Err(RunError::NoCheckpoint {
            path: self.path.clone(),
        })
    }

    /// Writes the checkpoint of so many steps, then removes those that are not kept.
    ///
    /// # Errors
    /// A file that cannot be written; the earlier checkpoints are then untouched.
    pub fn save_checkpoint(&self, steps: u64, checkpoint: &Checkpoint) -> Result<(), RunError> {
        let (prefix, suffix) = CHECKPOINT;
        let path = self.path.join(format!("{prefix}{steps:08}{suffix}"));
        if let Err(source) = checkpoint.save(&path) {
            return Err(RunError::Checkpoint { path, source });
        }
        self.remove_old_checkpoints(steps)
    }

    /// Removes the checkpoints of at most so many steps, but for those that are kept.
    pub(super) fn remove_old_checkpoints(&self, steps: u64) -> Result<(), RunError> {
        let checkpoints = self.checkpoints()?.into_iter();
        let old = checkpoints.filter(|(number, _)| *number <= steps);
        for (_, path) in old.skip(KEPT) {
            fs::remove_file(&path).map_err(RunError::at(&path))?;
        }
        Ok(())
    }

    /// Makes `metrics.jsonl` and `metrics.csv` hold the figures of these epochs.
    ///
    /// # Errors
    /// A file that cannot be written.
    pub fn save_metrics(&self, metrics: &[EpochMetrics]) -> Result<(), RunError> {
        let mut lines = Vec::new();
        for epoch in metrics {
            serde_json::to_writer(&mut lines, epoch).map_err(|error| self.error(METRICS, error))?;
            lines.push(b'\n');
        }
        self.write(METRICS_TABLE, EpochMetrics::csv(metrics).as_bytes())?;
        self.write(METRICS, &lines)
    }

    /// Writes `model.safetensors`.
    ///
    /// # Errors
    /// A file that cannot be written.
    pub fn save_weights(
        &self,
        state_dict: &StateDict,
        metadata: &BTreeMap<String, String>,
    ) -> Result<(), RunError> {
        save(self.weights_path(), state_dict, metadata)
    }

    /// Writes `best.safetensors`.
    ///
    /// # Errors
    /// A file that cannot be written.
    pub fn save_best(
        &self,
        state_dict: &StateDict,
        metadata: &BTreeMap<String, String>,
    ) -> Result<(), RunError> {
        save(self.path.join(BEST), state_dict, metadata)
    }

    /// Writes `run.json`.
    ///
    /// # Errors
    /// A file that cannot be written.
    pub fn save_record(&self, record: &RunRecord) -> Result<(), RunError> {
        let mut text = serde_json::to_vec_pretty(record).map_err(|error| self.error(RUN, error))?;
        text.push(b'\n');
        self.write(RUN, &text)
    }

    /// Writes the pictures and the page.
    ///
    /// # Errors
    /// A file that cannot be written.
    pub fn save_report(&self, files: &ReportFiles) -> Result<(), RunError> {
        for (name, contents) in ReportFiles::NAMES.into_iter().zip(files.contents()) {
            self.write(name, contents)?;
        }
        Ok(())
    }

    /// Writes a file whole or not at all.
    fn write(&self, name: &str, contents: &[u8]) -> Result<(), RunError> {
        let path = self.path.join(name);
        atomic_file::write(&path, contents).map_err(RunError::at(&path))
    }

    fn error(&self, file: &str, error: serde_json::Error) -> RunError {
        RunError::at(&self.path.join(file))(error.into())
    }
}

fn save(
    path: PathBuf,
    state_dict: &StateDict,
    metadata: &BTreeMap<String, String>,
) -> Result<(), RunError> {
    let saved = weights::save(&path, state_dict.iter(), metadata);
    saved.map_err(|source| RunError::Weights { path, source })
}

fn checkpoints(folder: &Path) -> Result<Vec<(u64, PathBuf)>, RunError> {
    let mut checkpoints = Vec::new();
    for entry in fs::read_dir(folder).map_err(RunError::at(folder))? {
        let entry = entry.map_err(RunError::at(folder))?;
        if let Some(steps) = entry.file_name().to_str().and_then(steps_in_name) {
            checkpoints.push((steps, entry.path()));
        }
    }
    checkpoints.sort_unstable();
    checkpoints.reverse();
    Ok(checkpoints)
}

/// The number of steps in a checkpoint's name.
fn steps_in_name(name: &str) -> Option<u64> {
    let (prefix, suffix) = CHECKPOINT;
    name.strip_prefix(prefix)?
        .strip_suffix(suffix)?
        .parse()
        .ok()
}

/// A folder that one process at a time writes in; the lock is the system's, and falls with the
/// process.
pub struct FolderLock {
    _file: File,
}

impl FolderLock {
    /// Takes the folder `path`, and removes what writes that were cut off have left there.
    ///
    /// # Errors
    /// A folder that another process has, or that cannot be written.
    pub fn take(path: &Path) -> Result<Self, RunError> {
        let file = path.join(LOCK);
        // Opening a pipe would wait for its reader.
        if fs::metadata(&file).is_ok_and(|metadata| !metadata.is_file()) {
            return Err(RunError::at(&file)(io::Error::other("it is not a file")));
        }
        let mut options = OpenOptions::new();
        let lock = options.create(true).truncate(false).write(true).open(&file);
        let lock = lock.map_err(RunError::at(&file))?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                let path = path.to_owned();
                return Err(RunError::Locked { path });
            }
            Err(TryLockError::Error(source)) => return Err(RunError::at(&file)(source)),
        }
        atomic_file::remove_leftovers(path).map_err(RunError::at(path))?;
        Ok(Self { _file: lock })
    }
}

/// The files of a run that people look at.
pub struct ReportFiles {
    /// Loss and accuracy by epoch.
    pub curves_svg: String,
    /// The same as PNG.
    pub curves_png: Vec<u8>,
    /// The confusion matrix of the test images.
    pub confusion_png: Vec<u8>,
    /// The worst mistakes among the test images.
    pub mistakes_png: Vec<u8>,
    /// A page with all of it and the settings.
    pub html: String,
}

impl ReportFiles {
    /// Their names in the folder of the run.
    const NAMES: [&str; 5] = [
        "curves.svg",
        "curves.png",
        "confusion.png",
        "mistakes.png",
        "report.html",
    ];

    /// The page's name among them.
    pub const PAGE: &str = Self::NAMES[4];

    /// What is in them, in the order of the names.
    fn contents(&self) -> [&[u8]; 5] {
        [
            self.curves_svg.as_bytes(),
            &self.curves_png,
            &self.confusion_png,
            &self.mistakes_png,
            self.html.as_bytes(),
        ]
    }
}
