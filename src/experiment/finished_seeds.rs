use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use torch_twin::atomic_file;

use super::{ExperimentError, SeedResult};
use crate::train::{Environment, FolderLock, Settings};

const FOLDER: &str = "seeds";

/// The seeds that were trained to their end, each in a file of its own, so that a comparison that
/// was broken off goes on with the next.
///
/// One process at a time has the folder.
pub struct FinishedSeeds {
    folder: PathBuf,
    environment: Environment,
    data_sha256: String,
    _lock: FolderLock,
}

/// A seed's file: what came out, and all that decided it.
#[derive(Serialize, Deserialize)]
struct Finished {
    conditions: Conditions,
    result: SeedResult,
}

/// What decides a seed's result.
#[derive(PartialEq, Serialize, Deserialize)]
struct Conditions {
    lenet5: String,
    settings: Settings,
    environment: Environment,
    data_sha256: String,
}

impl FinishedSeeds {
    /// Those in the folder `seeds` of the comparison's folder `out`, which is made where there is
    /// none. Results of other data or of another environment are not among them.
    ///
    /// # Errors
    /// A folder that another process has, or that cannot be written.
    pub fn open(
        out: &Path,
        environment: Environment,
        data_sha256: String,
    ) -> Result<Self, ExperimentError> {
        let folder = out.join(FOLDER);
        fs::create_dir_all(&folder).map_err(at(&folder))?;
        let lock = FolderLock::take(out)?;
        atomic_file::remove_leftovers(&folder).map_err(at(&folder))?;
        Ok(Self {
            folder,
            environment,
            data_sha256,
            _lock: lock,
        })
    }

    /// What training by `settings` gave; none if it did not come to its end.
    pub fn get(&self, settings: &Settings) -> Option<SeedResult> {
        let contents = fs::read(self.path(settings)).ok()?;
        // A file that cannot be understood is one of a training that has to be done again.
        let finished: Finished = serde_json::from_slice(&contents).ok()?;
        (finished.conditions == self.conditions(settings)).then_some(finished.result)
    }

    /// Keeps what training by `settings` gave.
    ///
    /// # Errors
    /// A file that cannot be written.
    pub fn keep(&self, settings: &Settings, result: &SeedResult) -> Result<(), ExperimentError> {
        let path = self.path(settings);
        let finished = Finished {
            conditions: self.conditions(settings),
            result: result.clone(),
        };
        let json = serde_json::to_vec(&finished).map_err(|error| at(&path)(error.into()))?;
        atomic_file::write(&path, &json).map_err(at(&path))
    }

    fn path(&self, settings: &Settings) -> PathBuf {
        let Settings { variant, seed, .. } = settings;
        self.folder.join(format!("{}-{seed}.json", variant.name))
    }

    fn conditions(&self, settings: &Settings) -> Conditions {
        Conditions {
            lenet5: env!("CARGO_PKG_VERSION").to_owned(),
            settings: settings.clone(),
            environment: self.environment.clone(),
            data_sha256: self.data_sha256.clone(),
        }
    }
}

fn at(path: &Path) -> impl FnOnce(io::Error) -> ExperimentError {
    let path = path.to_owned();
    move |source| ExperimentError::Io { path, source }
}
