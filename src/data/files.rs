use std::path::{Path, PathBuf};

use super::dataset::{FromFiles, NamedIdx};
use super::idx::Idx;
use super::{DataError, DatasetFile};

/// The folders in which a data set named by `folder` may lie: itself, and where torchvision puts it.
pub(super) fn places(folder: &Path) -> [PathBuf; 2] {
    [folder.to_owned(), folder.join("MNIST").join("raw")]
}

/// Reads a data set from a folder that the user named.
pub(super) fn load<T: FromFiles>(folder: &Path) -> Result<T, DataError> {
    if !folder.is_dir() {
        return Err(DataError::NotAFolder {
            path: folder.to_owned(),
        });
    }
    let is_missing = |place: &Path, file: DatasetFile| find(place, file).is_none();
    let names = |files: &mut dyn Iterator<Item = DatasetFile>| -> Vec<_> {
        files.map(DatasetFile::name).collect()
    };
    let files = || T::FILES.iter().copied();
    let mut missing = names(&mut files());
    for place in places(folder) {
        let absent = names(&mut files().filter(|&file| is_missing(&place, file)));
        if absent.is_empty() {
            let origin = format!("{}", place.display());
            return T::assemble(origin, |file| {
                let path = find(&place, file).unwrap_or_else(|| place.join(file.name()));
                NamedIdx::new(&path, Idx::open(&path, file.kind()))
            });
        }
        if absent.len() < missing.len() {
            missing = absent;
        }
    }
    Err(DataError::MissingFiles {
        folder: folder.to_owned(),
        missing,
    })
}

/// The file's path in `folder`; a regular file before anything else of that name.
fn find(folder: &Path, file: DatasetFile) -> Option<PathBuf> {
    let paths = file.paths_in(folder);
    let regular = paths.iter().find(|path| path.is_file());
    regular
        .or_else(|| paths.iter().find(|path| path.exists()))
        .cloned()
}
