//! Files that are either all there or as they were before, whatever happens to the process.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use tempfile::Builder;

const PREFIX: &str = ".unfinished-";
const SUFFIX: &str = ".tmp";

/// Writes `path` by way of a temporary file beside it, synced and renamed; then syncs the folder. A
/// link stays one: what it leads to is written.
///
/// # Errors
/// What the system refuses, and a device, a pipe or a folder in place of the file; `path` is then as it
/// was before.
pub fn write(path: &Path, contents: &[u8]) -> io::Result<()> {
    let path = &target(path)?;
    let folder = folder_of(path);
    let mut builder = Builder::new();
    builder.prefix(PREFIX).suffix(SUFFIX);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        // As for any other new file, the umask decides; a temporary file would be its owner's only.
        builder.permissions(fs::Permissions::from_mode(0o666));
    }
    let mut file = builder.tempfile_in(folder)?;
    file.write_all(contents)?;
    file.as_file().sync_all()?;
    file.persist(path)?;
    sync_folder(folder)
}

/// Removes what writes that were cut off have left in `folder`.
///
/// # Errors
/// A folder that cannot be read or changed.
pub fn remove_leftovers(folder: &Path) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let name = entry.file_name();
        let name = name.to_string_lossy();
        if name.starts_with(PREFIX) && name.ends_with(SUFFIX) {
            fs::remove_file(entry.path())?;
        }
    }
    Ok(())
}

/// What is to be replaced: `path`, or what the links there lead to.
fn target(path: &Path) -> io::Result<PathBuf> {
    if path.symlink_metadata().is_err() {
        return Ok(path.to_owned());
    }
    let target = fs::canonicalize(path)?;
    match target.metadata()?.is_file() {
        true => Ok(target),
        false => Err(io::Error::other("is there and not a regular file")),
    }
}

fn folder_of(path: &Path) -> &Path {
    let folder = path.parent().filter(|folder| *folder != Path::new(""));
    folder.unwrap_or(Path::new("."))
}

/// Makes a rename last through a loss of power.
fn sync_folder(folder: &Path) -> io::Result<()> {
    // Only Unix opens folders, and it does not promise the rename before the folder is synced.
    if cfg!(unix) {
        File::open(folder)?.sync_all()?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failed_write_leaves_the_old_file_and_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("taken");
        fs::create_dir(&path).unwrap();
        assert!(write(&path, b"new").is_err(), "a folder is not replaced");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn only_leftovers_are_removed() {
        let folder = tempfile::tempdir().unwrap();
        for name in [".unfinished-x.tmp", ".lock", "notes.tmp"] {
            fs::write(folder.path().join(name), b"").unwrap();
        }
        remove_leftovers(folder.path()).unwrap();
        let mut left: Vec<_> = fs::read_dir(folder.path())
            .unwrap()
            .map(|entry| entry.unwrap().file_name())
            .collect();
        left.sort();
        assert_eq!(left, [".lock", "notes.tmp"]);
    }

    #[cfg(unix)]
    #[test]
    fn others_may_read_what_was_written_as_far_as_the_umask_allows() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let mode = |name: &str| {
            fs::metadata(folder.path().join(name))
                .unwrap()
                .permissions()
                .mode()
        };
        fs::write(folder.path().join("plain"), b"").unwrap();
        write(&folder.path().join("atomic"), b"").unwrap();
        assert_eq!(mode("atomic"), mode("plain"));
    }

    #[cfg(unix)]
    #[test]
    fn a_link_stays_one_and_what_it_leads_to_is_written() {
        let folder = tempfile::tempdir().unwrap();
        let [target, link] = ["target", "link"].map(|name| folder.path().join(name));
        fs::write(&target, "old").unwrap();
        std::os::unix::fs::symlink("target", &link).unwrap();
        write(&link, b"new").unwrap();
        assert!(link.is_symlink());
        assert_eq!(fs::read(target).unwrap(), b"new");
    }
}
