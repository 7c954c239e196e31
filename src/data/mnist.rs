use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};

use etcetera::BaseStrategy;
use torch_twin::atomic_file;

use super::dataset::{FromFiles, NamedIdx};
use super::download::Fetcher;
use super::files::places;
use super::idx::Idx;
use super::{DataError, DatasetFile, Download, DownloadProgress};

/// SHA-256 and length of each file of a published data set, uncompressed.
type Manifest = fn(DatasetFile) -> (&'static str, u64);

/// MNIST's four files; the mirrors have them as `.gz`, which are shorter.
fn mnist(file: DatasetFile) -> (&'static str, u64) {
    match file {
        DatasetFile::TrainImages => (
            "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
            47_040_016,
        ),
        DatasetFile::TrainLabels => (
            "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
            60_008,
        ),
        DatasetFile::TestImages => (
            "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
            7_840_016,
        ),
        DatasetFile::TestLabels => (
            "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
            10_008,
        ),
    }
}

/// The folder that keeps MNIST between runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cache {
    /// The folder, which need not exist yet.
    pub folder: PathBuf,
    /// Whether the program may replace damaged files there. It may not in a folder of the user's.
    pub replace_damaged: bool,
}

impl Cache {
    /// The cache of this process: `$LENET5_DATA`, else `lenet5/mnist` in the user's cache folder.
    pub fn from_env() -> Option<Self> {
        let user_cache = etcetera::choose_base_strategy().map(|strategy| strategy.cache_dir());
        Self::choose(std::env::var_os("LENET5_DATA"), user_cache.ok())
    }

    /// The cache, given the value of `LENET5_DATA` and the user's cache folder, where there are any.
    pub fn choose(lenet5_data: Option<OsString>, user_cache: Option<PathBuf>) -> Option<Self> {
        match lenet5_data.filter(|value| !value.is_empty()) {
            Some(value) => Some(Self {
                folder: value.into(),
                replace_damaged: false,
            }),
            None => user_cache.map(|folder| Self {
                folder: folder.join("lenet5").join("mnist"),
                replace_damaged: true,
            }),
        }
    }
}

/// Reads MNIST from the cache, and downloads what is missing there.
pub(super) fn load<T: FromFiles>(
    cache: &Cache,
    download: &Download,
    progress: &mut dyn FnMut(DownloadProgress),
) -> Result<T, DataError> {
    load_published(mnist, cache, download, progress)
}

fn load_published<T: FromFiles>(
    manifest: Manifest,
    cache: &Cache,
    download: &Download,
    progress: &mut dyn FnMut(DownloadProgress),
) -> Result<T, DataError> {
    // A folder of the user's own is not made for them: its name may be a slip.
    let may_be_made = cache.replace_damaged && !cache.folder.exists();
    if !may_be_made && !cache.folder.is_dir() {
        return Err(DataError::NotAFolder {
            path: cache.folder.clone(),
        });
    }
    let mut fetcher = Fetcher::new(download, progress);
    let origin = format!("MNIST in {}", cache.folder.display());
    T::assemble(origin, |file| {
        let (sha256, length) = manifest(file);
        let damage = match cached(cache, file, sha256) {
            Some(Ok(named)) => return Ok(named),
            Some(Err(error)) if !cache.replace_damaged => return Err(error),
            Some(Err(error)) => Some(error.to_string()),
            None => None,
        };
        fetch(&mut fetcher, cache, file, sha256, length).map_err(|error| match error {
            DataError::Download { folder, reasons } => DataError::Download {
                folder,
                reasons: damage
                    .into_iter()
                    .chain([reasons])
                    .collect::<Vec<_>>()
                    .join("; "),
            },
            other => other,
        })
    })
}

/// The file from the cache, or what is wrong with it; `None` where there is none.
fn cached(
    cache: &Cache,
    file: DatasetFile,
    sha256: &'static str,
) -> Option<Result<NamedIdx, DataError>> {
    let mut damage = None;
    for place in places(&cache.folder) {
        for path in file.paths_in(&place) {
            if path.symlink_metadata().is_err() {
                continue;
            }
            let read = NamedIdx::new(&path, Idx::open(&path, file.kind()));
            match read.and_then(|named| verify(named, sha256)) {
                Ok(named) => return Some(Ok(named)),
                Err(error) => damage = damage.or(Some(Err(error))),
            }
        }
    }
    damage
}

fn verify(named: NamedIdx, expected: &'static str) -> Result<NamedIdx, DataError> {
    let found = named.idx.sha256();
    if found == expected {
        return Ok(named);
    }
    Err(DataError::NotMnist {
        path: named.path,
        found,
        expected,
    })
}

/// Downloads the file, verifies it and only then puts it into the cache.
fn fetch(
    fetcher: &mut Fetcher,
    cache: &Cache,
    file: DatasetFile,
    sha256: &'static str,
    length: u64,
) -> Result<NamedIdx, DataError> {
    fs::create_dir_all(&cache.folder).map_err(|source| DataError::Write {
        path: cache.folder.clone(),
        source,
    })?;
    let name = format!("{}.gz", file.name());
    let path = cache.folder.join(&name);
    let check = |bytes: &[u8]| {
        NamedIdx::new(Path::new(&name), Idx::read(bytes, file.kind()))
            .and_then(|named| verify(named, sha256))
            .map_err(|error| error.to_string())
    };
    let (bytes, named) =
        fetcher
            .fetch(&name, length, check)
            .map_err(|reasons| DataError::Download {
                folder: cache.folder.clone(),
                reasons,
            })?;
    atomic_file::write(&path, &bytes).map_err(|source| DataError::Write { path, source })?;
    Ok(named)
}

#[cfg(test)]
mod tests;
