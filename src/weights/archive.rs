//! The zip archives of PyTorch, checked before anything is taken out of them.

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
}

impl<'a> Archive<'a> {
    /// Opens the archive `contents` of the file `path`.
    pub fn open(path: &'a Path, contents: &'a [u8]) -> Result<Self, WeightsError> {
        let zip = ZipArchive::new(Cursor::new(contents)).map_err(|error| malformed(path, error))?;
        let folder = folder(&zip).map_err(|error| malformed(path, error))?;
        let mut archive = Self { path, zip, folder };
        archive.check_size()?;
        Ok(archive)
    }

    /// The names of all files, without the folder.
    pub fn names(&self) -> Vec<String> {
        let names = self.zip.file_names().filter_map(Result::ok);
        let inside = names.map(|name| {
            let inside = name.strip_prefix(self.folder.as_str());
            inside
                .and_then(|name| name.strip_prefix('/'))
                .unwrap_or(&name)
                .to_owned()
        });
        inside.collect()
    }

    pub fn contains(&self, name: &str) -> bool {
        let name = format!("{}/{name}", self.folder);
        self.zip.index_for_name(&name).is_some()
    }

    /// The bytes of the file `name`.
    pub fn read(&mut self, name: &str) -> Result<Vec<u8>, WeightsError> {
        let name = format!("{}/{name}", self.folder);
        let read = |zip: &mut ZipArchive<_>| -> Result<Vec<u8>, ZipError> {
            let mut contents = Vec::new();
            // What the archive says of a file's size was checked; what is in it was not.
            zip.by_name(&name)?
                .take(MAX_BYTES)
                .read_to_end(&mut contents)?;
            Ok(contents)
        };
        read(&mut self.zip).map_err(|error| malformed(self.path, format!("{name}: {error}")))
    }

    /// The same archive with other bytes for the file `name`.
    pub fn with_replaced(&mut self, name: &str, contents: &[u8]) -> Result<Vec<u8>, WeightsError> {
        let replaced = format!("{}/{name}", self.folder);
        let write = |zip: &mut ZipArchive<Cursor<&[u8]>>| -> Result<Vec<u8>, ZipError> {
            let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
            for index in 0..zip.len() {
                let file = zip.by_index_raw(index)?;
                if file.name()? != replaced {
                    writer.raw_copy_file(file)?;
                }
            }
            writer.start_file(&replaced, SimpleFileOptions::default())?;
            writer.write_all(contents)?;
            Ok(writer.finish()?.into_inner())
        };
        write(&mut self.zip).map_err(|error| malformed(self.path, error))
    }

    /// Refuses an archive that would unpack to more than a weights file may be.
    fn check_size(&mut self) -> Result<(), WeightsError> {
        let mut bytes: u64 = 0;
        for index in 0..self.zip.len() {
            let file = self.zip.by_index_raw(index);
            let file = file.map_err(|error| malformed(self.path, error))?;
            bytes = bytes.saturating_add(file.size());
        }
        if bytes > MAX_BYTES {
            return Err(WeightsError::TooLarge {
                path: self.path.to_owned(),
                bytes,
                limit: MAX_BYTES,
            });
        }
        Ok(())
    }
}

/// The folder of the archive's pickle.
fn folder(zip: &ZipArchive<Cursor<&[u8]>>) -> Result<String, ZipError> {
    for name in zip.file_names() {
        if let Some(folder) = name?.strip_suffix("/data.pkl") {
            return Ok(folder.to_owned());
        }
    }
    Ok(String::new())
}

fn malformed(path: &Path, reason: impl ToString) -> WeightsError {
    WeightsError::Malformed {
        path: path.to_owned(),
        format: "zip archive",
        reason: reason.to_string(),
    }
}
