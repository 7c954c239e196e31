//! The zip archives of PyTorch, checked before anything is taken out of them.

use std::collections::HashSet;
use std::io::{Cursor, Read, Write};

use zip::read::{ArchiveOffset, Config};
use zip::result::ZipError;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipArchive, ZipWriter};

use super::FileError;

/// How a zip archive begins.
pub(super) const ZIP_MAGIC: &[u8] = b"PK\x03\x04";

/// What errors call it.
const FORMAT: &str = "zip archive";

/// How the crate `zip` reads PyTorch's archives: they begin where the file begins. Left to find that out by itself, the
/// crate is misled by the zip64 record of those whose first name has 30 bytes.
pub const ARCHIVE_CONFIG: Config = Config {
    archive_offset: ArchiveOffset::Known(0),
};

/// An archive as PyTorch and NumPy write it, in memory.
///
/// PyTorch has all files in one folder, and their names here are those in that folder.
pub struct Archive<'a> {
    zip: ZipArchive<Cursor<&'a [u8]>>,
    max_bytes: u64,
    /// What all names begin with: the folder, and a slash.
    prefix: String,
    /// The names of all files, with the folder.
    all: Vec<String>,
}

impl<'a> Archive<'a> {
    /// Opens an archive whose files hold no more than `max_bytes`.
    ///
    /// # Errors
    /// A file that is no archive, is cut off, or holds more.
    pub fn open(contents: &'a [u8], max_bytes: u64) -> Result<Self, FileError> {
        let zip = ZipArchive::with_config(ARCHIVE_CONFIG, Cursor::new(contents));
        let mut zip = zip.map_err(|error| match has_directory(contents) {
            true => malformed(error),
            false => FileError::CutOff(FORMAT),
        })?;
        check_size(&mut zip, max_bytes)?;
        let names = zip.file_names().collect::<Result<Vec<_>, _>>();
        let all: Vec<_> = names
            .map_err(malformed)?
            .into_iter()
            .map(Into::into)
            .collect();
        let prefix = match is_numpy(&all) {
            true => String::new(),
            false => folder(&all),
        };
        Ok(Self {
            zip,
            max_bytes,
            prefix,
            all,
        })
    }

    /// The folder in which all files are.
    pub fn folder(&self) -> &str {
        self.prefix.trim_end_matches('/')
    }

    /// The names of the files in that folder.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        let all = self.all.iter();
        all.filter_map(|name| name.strip_prefix(&self.prefix))
    }

    /// The names of all files, with their folders.
    pub(super) fn all(&self) -> &[String] {
        &self.all
    }

    /// Whether there is a file `name` in the folder.
    pub fn contains(&self, name: &str) -> bool {
        self.names().any(|known| known == name)
    }

    /// Whether it is one of NumPy's, `.npz`: nothing but arrays.
    pub(super) fn is_numpy(&self) -> bool {
        is_numpy(&self.all)
    }

    /// The bytes of the file `name`, whose checksum is right.
    ///
    /// # Errors
    /// A file that is not there or is damaged.
    pub fn read(&mut self, name: &str) -> Result<Vec<u8>, FileError> {
        let mut read = || -> Result<Vec<u8>, ZipError> {
            let file = self.zip.by_name(&format!("{}{name}", self.prefix))?;
            let mut contents = Vec::new();
            // The size in the directory was checked; the file itself may be longer.
            file.take(self.max_bytes).read_to_end(&mut contents)?;
            Ok(contents)
        };
        read().map_err(|error| malformed(format!("{name}: {error}")))
    }

    /// Writes an archive of the same files with other bytes: `edit` gets the name and the bytes of each and gives its
    /// new bytes, or none to leave it out.
    ///
    /// # Errors
    /// A file that is damaged or there twice, and what `edit` refuses.
    pub fn rewrite(
        &mut self,
        mut edit: impl FnMut(&str, Vec<u8>) -> Result<Option<Vec<u8>>, FileError>,
    ) -> Result<Vec<u8>, FileError> {
        let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
        // A reader that wants the end of a file does not unpack it from its beginning.
        let stored = SimpleFileOptions::default().compression_method(CompressionMethod::Stored);
        // libtorch does not tell upper from lower case here.
        let mut seen = HashSet::new();
        let names: Vec<_> = self.names().map(str::to_owned).collect();
        for name in names {
            if !seen.insert(name.to_lowercase()) {
                return Err(malformed(format!("{name} is there twice")));
            }
            let contents = self.read(&name)?;
            let Some(contents) = edit(&name, contents)? else {
                continue;
            };
            writer
                .start_file(format!("{}{name}", self.prefix), stored)
                .and_then(|()| Ok(writer.write_all(&contents)?))
                .map_err(malformed)?;
        }
        let written = writer.finish().map_err(malformed)?;
        Ok(written.into_inner())
    }
}

/// The folder of the first file, as libtorch finds it, with the slash.
fn folder(all: &[String]) -> String {
    let first = all.first().and_then(|name| name.split_once('/'));
    format!("{}/", first.map_or("", |(folder, _)| folder))
}

fn is_numpy(all: &[String]) -> bool {
    !all.is_empty() && all.iter().all(|name| name.ends_with(".npy"))
}

/// Whether the record is there with which an archive ends.
fn has_directory(contents: &[u8]) -> bool {
    const RECORD: &[u8] = b"PK\x05\x06";
    // A comment of 64 KiB may follow it.
    const WITHIN: usize = (1 << 16) + 22;
    let end = &contents[contents.len().saturating_sub(WITHIN)..];
    end.windows(RECORD.len()).any(|window| window == RECORD)
}

/// Refuses an archive that would unpack to more than a weights file may be.
fn check_size(zip: &mut ZipArchive<Cursor<&[u8]>>, max_bytes: u64) -> Result<(), FileError> {
    let mut bytes: u64 = 0;
    for index in 0..zip.len() {
        let file = zip.by_index_raw(index).map_err(malformed)?;
        bytes = bytes.saturating_add(file.size());
    }
    let limit = max_bytes;
    match bytes > limit {
        true => Err(FileError::TooLarge { bytes, limit }),
        false => Ok(()),
    }
}

fn malformed(reason: impl ToString) -> FileError {
    FileError::malformed(FORMAT, reason)
}
