//! The zip archives of PyTorch, checked before anything is taken out of them.

use std::collections::HashSet;
use std::io::{Cursor, Read, Write};
use std::path::Path;

use zip::result::ZipError;
use zip::write::SimpleFileOptions;
use zip::{ZipArchive, ZipWriter};

use super::WeightsError;
use super::format::MAX_BYTES;

/// An archive whose files all lie in one folder, as PyTorch writes them.
pub(super) struct Archive<'a> {
    path: &'a Path,
    zip: ZipArchive<Cursor<&'a [u8]>>,
    folder: String,
    /// Names in the folder.
    names: Vec<String>,
}

impl<'a> Archive<'a> {
    /// Opens the archive `contents` of the file `path`.
    pub fn open(path: &'a Path, contents: &'a [u8]) -> Result<Self, WeightsError> {
        let malformed = |error: ZipError| malformed(path, error);
        let mut zip = ZipArchive::new(Cursor::new(contents)).map_err(malformed)?;
        check_size(path, &mut zip)?;
        let names: Result<Vec<_>, _> = zip.file_names().collect();
        let names = names.map_err(malformed)?;
        // As libtorch finds the folder.
        let first = names.first().and_then(|name| name.split_once('/'));
        let folder = first.map_or("", |(folder, _)| folder).to_owned();
        let names = names.iter().filter_map(|name| name.split_once('/'));
        let names = names.filter(|(first, _)| *first == folder);
        let names = names.map(|(_, name)| name.to_owned()).collect();
        Ok(Self {
            path,
            zip,
            folder,
            names,
        })
    }

    pub fn contains(&self, name: &str) -> bool {
        self.names.iter().any(|known| known == name)
    }

    /// The bytes of the file `name`, whose checksum is right.
    pub fn read(&mut self, name: &str) -> Result<Vec<u8>, WeightsError> {
        let read = |zip: &mut ZipArchive<_>| -> Result<Vec<u8>, ZipError> {
            let file = zip.by_name(&format!("{}/{name}", self.folder))?;
            let mut contents = Vec::new();
            // What the archive says of a file's size was checked; what is in it was not.
            file.take(MAX_BYTES).read_to_end(&mut contents)?;
            Ok(contents)
        };
        read(&mut self.zip).map_err(|error| malformed(self.path, format!("{name}: {error}")))
    }

    /// An archive of the same files, written anew, with the bytes that `edit` makes of theirs; a file
    /// of which it makes none is left out.
    pub fn rewrite(
        &mut self,
        mut edit: impl FnMut(&str, Vec<u8>) -> Result<Option<Vec<u8>>, WeightsError>,
    ) -> Result<Vec<u8>, WeightsError> {
        let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
        // libtorch does not tell upper from lower case here.
        let mut seen = HashSet::new();
        for name in self.names.clone() {
            if !seen.insert(name.to_lowercase()) {
                return Err(malformed(self.path, format!("{name} is there twice")));
            }
            let contents = self.read(&name)?;
            let Some(contents) = edit(&name, contents)? else {
                continue;
            };
            writer
                .start_file(
                    format!("{}/{name}", self.folder),
                    SimpleFileOptions::default(),
                )
                .and_then(|()| Ok(writer.write_all(&contents)?))
                .map_err(|error| malformed(self.path, error))?;
        }
        let written = writer
            .finish()
            .map_err(|error| malformed(self.path, error))?;
        Ok(written.into_inner())
    }
}

/// Refuses an archive that would unpack to more than a weights file may be.
fn check_size(path: &Path, zip: &mut ZipArchive<Cursor<&[u8]>>) -> Result<(), WeightsError> {
    let mut bytes: u64 = 0;
    for index in 0..zip.len() {
        let file = zip.by_index_raw(index);
        bytes = bytes.saturating_add(file.map_err(|error| malformed(path, error))?.size());
    }
    if bytes > MAX_BYTES {
        return Err(WeightsError::TooLarge {
            path: path.to_owned(),
            bytes,
            limit: MAX_BYTES,
        });
    }
    Ok(())
}

fn malformed(path: &Path, reason: impl ToString) -> WeightsError {
    WeightsError::Malformed {
        path: path.to_owned(),
        format: "zip archive",
        reason: reason.to_string(),
    }
}
