use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use super::dataset::{FromFiles, NamedIdx};
use super::idx::Idx;
use super::{DataError, DatasetFile, class_folders};

/// What may follow the name of a file.
const GZIP: &str = ".gz";

/// The folders in which a data set named by `folder` may lie: itself, and where torchvision puts it.
pub(super) fn places(folder: &Path) -> [PathBuf; 2] {
    [folder.to_owned(), folder.join("MNIST").join("raw")]
}

/// Reads a data set from a folder that the user named: its IDX files, or pictures in a folder for each
/// class; or from FOLDER/PREFIX, where its files' names begin with PREFIX and a hyphen, as EMNIST's do.
pub(super) fn load<T: FromFiles>(named: &Path) -> Result<T, DataError> {
    let sets = sets(named, T::FILES)?;
    let is_missing = |set: &FileSet, file: DatasetFile| set.find(file).is_none();
    let has_none = |set: &FileSet| T::FILES.iter().all(|&file| is_missing(set, file));
    if sets.iter().all(has_none) && class_folders::is_there(named, T::FILES) {
        return class_folders::load(named);
    }
    let mut missing: Vec<_> = T::FILES.iter().map(|file| file.name().to_owned()).collect();
    for set in sets {
        let absent = T::FILES.iter().filter(|&&file| is_missing(&set, file));
        let absent: Vec<_> = absent.map(|&file| set.name(file)).collect();
        if absent.is_empty() {
            return T::assemble(set.origin(), |file| {
                let path = set
                    .find(file)
                    .unwrap_or_else(|| set.folder.join(file.name()));
                NamedIdx::new(&path, Idx::open(&path, file.kind()))
            });
        }
        if absent.len() < missing.len() || !set.prefix.is_empty() {
            missing = absent;
        }
    }
    Err(DataError::MissingFiles {
        folder: named.to_owned(),
        missing,
    })
}

/// The files of a data set.
struct FileSet {
    folder: PathBuf,
    /// What their names begin with: nothing, or PREFIX and a hyphen.
    prefix: String,
}

impl FileSet {
    /// The file's path; a regular file before anything else of that name.
    fn find(&self, file: DatasetFile) -> Option<PathBuf> {
        let names = file.names().into_iter();
        let paths: Vec<_> = names
            .flat_map(|name| ["", GZIP].map(|ending| format!("{}{name}{ending}", self.prefix)))
            .map(|name| self.folder.join(name))
            .collect();
        let regular = paths.iter().find(|path| path.is_file());
        regular
            .or_else(|| paths.iter().find(|path| path.exists()))
            .cloned()
    }

    /// What the file is called: as EMNIST's, where there is a prefix.
    fn name(&self, file: DatasetFile) -> String {
        match self.prefix.is_empty() {
            true => file.name().to_owned(),
            false => format!("{}{}", self.prefix, file.name().replace("t10k", "test")),
        }
    }

    /// Where the data came from, for people.
    fn origin(&self) -> String {
        let prefix = self.prefix.trim_end_matches('-');
        match prefix.is_empty() {
            true => self.folder.display().to_string(),
            false => self.folder.join(prefix).display().to_string(),
        }
    }
}

/// The data sets that `named` may mean, the likeliest first.
fn sets(named: &Path, files: &[DatasetFile]) -> Result<Vec<FileSet>, DataError> {
    if named.is_dir() {
        return in_folder(named, files);
    }
    let (Some(folder), Some(name)) = (named.parent(), named.file_name()) else {
        return Err(not_a_folder(named));
    };
    let prefix = format!("{}-", name.to_string_lossy());
    match prefixes(folder, files).contains(&prefix) && !named.exists() {
        true => Ok(vec![FileSet {
            folder: folder.to_owned(),
            prefix,
        }]),
        false => Err(not_a_folder(named)),
    }
}

/// The data sets in a folder, of which only one may have a prefix.
fn in_folder(folder: &Path, files: &[DatasetFile]) -> Result<Vec<FileSet>, DataError> {
    let without_prefix = places(folder).map(|folder| FileSet {
        folder,
        prefix: String::new(),
    });
    let prefixes = prefixes(folder, files);
    let has_all = |set: &FileSet| files.iter().all(|&file| set.find(file).is_some());
    if prefixes.len() > 1 && !without_prefix.iter().any(has_all) {
        let names = prefixes
            .iter()
            .map(|name| name.trim_end_matches('-').to_owned());
        return Err(DataError::SeveralSets {
            folder: folder.to_owned(),
            names: names.collect(),
        });
    }
    let with_prefix = prefixes.into_iter().map(|prefix| FileSet {
        folder: folder.to_owned(),
        prefix,
    });
    Ok(without_prefix.into_iter().chain(with_prefix).collect())
}

/// What stands before the names of `files` in a folder, but for nothing.
fn prefixes(folder: &Path, files: &[DatasetFile]) -> BTreeSet<String> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let known: Vec<String> = files.iter().flat_map(|file| file.names()).collect();
    let mut prefixes = BTreeSet::new();
    for entry in entries {
        let name = entry.file_name().to_string_lossy().into_owned();
        let name = name.strip_suffix(GZIP).unwrap_or(&name);
        let found = known
            .iter()
            .filter_map(|known| name.strip_suffix(known.as_str()));
        prefixes.extend(
            found
                .filter(|prefix| prefix.ends_with('-'))
                .map(str::to_owned),
        );
    }
    prefixes
}

fn not_a_folder(path: &Path) -> DataError {
    DataError::NotAFolder {
        path: path.to_owned(),
    }
}
