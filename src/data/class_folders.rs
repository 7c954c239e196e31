//! Pictures in a folder for each class, as torchvision's `ImageFolder` takes them:
//! `train/7/photo.png`, `test/7/other.png`.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use rayon::prelude::*;

use super::dataset::{FromFiles, NamedIdx, SIDE};
use super::idx::Idx;
use super::{DataError, DatasetFile, IdxKind};
use crate::picture::{self, Invert};

/// What the folder of a part may be called.
const TRAIN: [&str; 2] = ["train", "training"];
const TEST: [&str; 4] = ["test", "testing", "t10k", "val"];

/// The most pictures of a part, as of an IDX file's.
const MAX_PICTURES: usize = 1_000_000;

/// Whether `root` holds a folder of classes for one of `files`.
pub(super) fn is_there(root: &Path, files: &[DatasetFile]) -> bool {
    files.iter().any(|&file| part(root, names(file)).is_some())
}

/// Reads a data set from a folder with a folder for each part, with a folder for each class.
///
/// A class is what its folder's name says, if all are numbers; else the classes are counted in the
/// order of their names. A picture that is not 28×28 is brought to that form.
pub(super) fn load<T: FromFiles>(root: &Path) -> Result<T, DataError> {
    let parts = [part(root, &TRAIN), part(root, &TEST)];
    let mut classes = BTreeSet::new();
    for part in parts.iter().flatten() {
        classes.extend(folders(part)?);
    }
    let classes = Classes::new(classes);
    // The labels of a part come with its images.
    let mut labels = None;
    T::assemble(root.display().to_string(), |file| {
        if file.kind() == IdxKind::Labels
            && let Some(labels) = labels.take()
        {
            return Ok(labels);
        }
        let folder = part(root, names(file)).ok_or_else(|| DataError::MissingFiles {
            folder: root.to_owned(),
            missing: vec![names(file)[0].to_owned()],
        })?;
        let (images, of_images) = read(&folder, &classes)?;
        labels = Some(of_images);
        Ok(images)
    })
}

fn names(file: DatasetFile) -> &'static [&'static str] {
    match file {
        DatasetFile::TrainImages | DatasetFile::TrainLabels => &TRAIN,
        DatasetFile::TestImages | DatasetFile::TestLabels => &TEST,
    }
}

/// The folder of a part, if it holds folders.
fn part(root: &Path, names: &[&str]) -> Option<PathBuf> {
    let folders = names.iter().map(|name| root.join(name));
    folders
        .into_iter()
        .find(|folder| self::folders(folder).is_ok_and(|classes| !classes.is_empty()))
}

/// The names of the folders in a folder.
fn folders(folder: &Path) -> Result<BTreeSet<String>, DataError> {
    let mut names = BTreeSet::new();
    for path in entries(folder)? {
        if let Some(name) = path.file_name()
            && path.is_dir()
        {
            names.insert(name.to_string_lossy().into_owned());
        }
    }
    Ok(names)
}

fn entries(folder: &Path) -> Result<Vec<PathBuf>, DataError> {
    let read = |source| DataError::Folder {
        path: folder.to_owned(),
        source,
    };
    let entries = fs::read_dir(folder).map_err(read)?;
    let paths = entries.map(|entry| Ok(entry.map_err(read)?.path()));
    let mut paths = paths.collect::<Result<Vec<_>, DataError>>()?;
    paths.sort();
    Ok(paths)
}

/// What the classes' folders are called.
struct Classes {
    names: Vec<String>,
    are_numbers: bool,
}

impl Classes {
    fn new(names: BTreeSet<String>) -> Self {
        Self {
            are_numbers: names.iter().all(|name| name.parse::<u8>().is_ok()),
            names: names.into_iter().collect(),
        }
    }

    fn label(&self, name: &str) -> Option<u8> {
        match self.are_numbers {
            true => name.parse().ok(),
            false => {
                let place = self.names.iter().position(|known| known == name)?;
                u8::try_from(place).ok()
            }
        }
    }
}

/// The images and labels of a part.
fn read(folder: &Path, classes: &Classes) -> Result<(NamedIdx, NamedIdx), DataError> {
    let mut pictures = Vec::new();
    for name in folders(folder)? {
        let class = folder.join(&name);
        let label = classes
            .label(&name)
            .ok_or_else(|| DataError::TooManyClasses {
                folder: folder.to_owned(),
            })?;
        let files = entries(&class)?.into_iter();
        // What cannot be opened is kept, and reported when it is to be read.
        let files = files.filter(|path| picture::is_picture(path).unwrap_or(true));
        pictures.extend(files.map(|path| (path, label)));
    }
    if pictures.is_empty() || pictures.len() > MAX_PICTURES {
        return Err(DataError::PictureCount {
            folder: folder.to_owned(),
            count: pictures.len(),
            most: MAX_PICTURES,
        });
    }
    let images = pictures.par_iter().map(|(path, _)| pixels(path));
    let images = images.collect::<Result<Vec<_>, _>>()?;
    let named = |kind, shape: &[u32], bytes| NamedIdx {
        path: folder.to_owned(),
        idx: Idx {
            kind,
            shape: shape.to_vec(),
            bytes,
        },
    };
    let count = pictures.len() as u32;
    let labels = pictures.iter().map(|&(_, label)| label).collect();
    Ok((
        named(IdxKind::Images, &[count, SIDE, SIDE], images.concat()),
        named(IdxKind::Labels, &[count], labels),
    ))
}

/// The 28×28 bytes of the one digit that a picture shows.
fn pixels(path: &Path) -> Result<Vec<u8>, DataError> {
    let digits = picture::read(path, Invert::Auto).map_err(|error| DataError::Picture {
        path: path.to_owned(),
        error: Box::new(error),
    })?;
    match &digits[..] {
        [digit] => Ok(digit.pixels().to_vec()),
        several => Err(DataError::SeveralDigits {
            path: path.to_owned(),
            count: several.len(),
        }),
    }
}
