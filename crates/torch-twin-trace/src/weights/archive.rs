//! The zip archives of PyTorch, checked before anything is taken out of them.

use std::collections::HashSet;
use std::io::{Cursor, Read, Write};

use zip::read::{ArchiveOffset, Config};
use zip::result::ZipError;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipArchive, ZipWriter};

use super::WeightsError;

/// How a zip archive begins.
pub(super) const ZIP_MAGIC: &[u8] = b"PK\x03\x04";

/// PyTorch's archives begin where the file begins. Left to find that out by itself, the crate is
/// misled by the zip64 record of those whose first name has 30 bytes.
pub(super) const CONFIG: Config = Config {
    archive_offset: ArchiveOffset::Known(0),
};

/// An archive whose files all lie in one folder, as PyTorch writes them.
pub(super) struct Archive<'a> {
    zip: ZipArchive<Cursor<&'a [u8]>>,
    max_bytes: u64,
    folder: String,
    /// Names in the folder.
    names: Vec<String>,
}

impl<'a> Archive<'a> {
    /// Opens an archive whose files hold no more than `max_bytes`.
    pub fn open(contents: &'a [u8], max_bytes: u64) -> Result<Self, WeightsError> {
        let mut zip = ZipArchive::with_config(CONFIG, Cursor::new(contents)).map_err(malformed)?;
        check_size(&mut zip, max_bytes)?;
        let all: Vec<_> = zip
            .file_names()
            .collect::<Result<_, _>>()
            .map_err(malformed)?;
        // As libtorch finds the folder.
        let first = all.first().and_then(|name| name.split_once('/'));
        let folder = first.map_or("", |(folder, _)| folder).to_owned();
        let names = all
            .iter()
            .filter_map(|name| name.split_once('/'))
            .filter(|(first, _)| *first == folder)
            .map(|(_, name)| name.to_owned())
            .collect();
        Ok(Self {
            zip,
            max_bytes,
            folder,
            names,
        })
    }

    /// The folder in which all files lie.
    pub fn folder(&self) -> &str {
        &self.folder
    }

    pub fn contains(&self, name: &str) -> bool {
        self.names.iter().any(|known| known == name)
    }

    /// The bytes of the file `name`, whose checksum is right.
    pub fn read(&mut self, name: &str) -> Result<Vec<u8>, WeightsError> {
        let mut read = || -> Result<Vec<u8>, ZipError> {
            let file = self.zip.by_name(&format!("{}/{name}", self.folder))?;
            let mut contents = Vec::new();
            // What the archive says of a file's size was checked; what is in it was not.
            file.take(self.max_bytes).read_to_end(&mut contents)?;
            Ok(contents)
        };
        read().map_err(|error| malformed(format!("{name}: {error}")))
    }

    /// An archive of the same files, written anew, with the bytes that `edit` makes of theirs; a file
    /// of which it makes none is left out.
    pub fn rewrite(
        &mut self,
        mut edit: impl FnMut(&str, Vec<u8>) -> Result<Option<Vec<u8>>, WeightsError>,
    ) -> Result<Vec<u8>, WeightsError> {
        let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
        // A reader that wants the end of a file does not unpack it from its beginning.
        let stored = SimpleFileOptions::default().compression_method(CompressionMethod::Stored);
        // libtorch does not tell upper from lower case here.
        let mut seen = HashSet::new();
        for name in self.names.clone() {
            if !seen.insert(name.to_lowercase()) {
                return Err(malformed(format!("{name} is there twice")));
            }
            let contents = self.read(&name)?;
            let Some(contents) = edit(&name, contents)? else {
                continue;
            };
            writer
                .start_file(format!("{}/{name}", self.folder), stored)
                .and_then(|()| Ok(writer.write_all(&contents)?))
                .map_err(malformed)?;
        }
        let written = writer.finish().map_err(malformed)?;
        Ok(written.into_inner())
    }
}

/// Refuses an archive that would unpack to more than a weights file may be.
fn check_size(zip: &mut ZipArchive<Cursor<&[u8]>>, max_bytes: u64) -> Result<(), WeightsError> {
    let mut bytes: u64 = 0;
    for index in 0..zip.len() {
        let file = zip.by_index_raw(index).map_err(malformed)?;
        bytes = bytes.saturating_add(file.size());
    }
    if bytes > max_bytes {
        return Err(WeightsError::TooLarge {
            bytes,
            limit: max_bytes,
        });
    }
    Ok(())
}

fn malformed(reason: impl ToString) -> WeightsError {
    WeightsError::malformed("zip archive", reason)
}
