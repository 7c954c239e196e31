use std::fmt::Display;
use std::fs;
use std::io::Write;
use std::path::PathBuf;
use std::time::Duration;

use flate2::{Compression, write::GzEncoder};
use lenet5::data::idx::Idx;
use lenet5::data::{Cache, DataError, Dataset, Download, IdxError, IdxKind, Source, load_with};
use tempfile::TempDir;

use crate::common::idx;

/// `count` images, each of its own grey.
pub fn images(count: u8) -> Vec<u8> {
    let pixels: Vec<u8> = (0..count).flat_map(|grey| [grey; 28 * 28]).collect();
    idx(IdxKind::Images, &[count.into(), 28, 28], &pixels)
}

pub fn labels(labels: &[u8]) -> Vec<u8> {
    idx(IdxKind::Labels, &[labels.len() as u32], labels)
}

pub fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).expect("into memory");
    encoder.finish().expect("into memory")
}

pub fn read(bytes: &[u8], kind: IdxKind) -> Result<Idx, IdxError> {
    Idx::read(bytes, kind)
}

/// A folder with a data set of 3 and 2 images.
pub fn folder() -> TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    let put = |name, bytes: &[u8]| put(&folder, name, bytes);
    put("train-images-idx3-ubyte", &images(3));
    put("train-labels-idx1-ubyte", &labels(&[7, 8, 9]));
    put("t10k-images-idx3-ubyte.gz", &gzip(&images(2)));
    put("t10k-labels-idx1-ubyte.gz", &gzip(&labels(&[0, 9])));
    folder
}

pub fn put(folder: &TempDir, name: &str, bytes: &[u8]) {
    fs::write(folder.path().join(name), bytes).expect("a file");
}

/// As on a machine without network.
pub fn offline() -> Download {
    Download {
        mirrors: vec!["http://127.0.0.1:1/".to_owned()],
        patience: Duration::from_secs(2),
        ..Download::default()
    }
}

pub fn load(source: Option<&Source>, cache: Option<&Cache>) -> Result<Dataset, DataError> {
    load_with(source, cache, &offline(), &mut |_| {})
}

pub fn load_folder(folder: impl Into<PathBuf>) -> Result<Dataset, DataError> {
    load(Some(&Source::Folder(folder.into())), None)
}

#[track_caller]
pub fn assert_refused<T>(result: Result<T, impl Display>, words: &str) {
    let error = result.err().expect("refused").to_string();
    assert!(error.contains(words), "{error:?} should say {words:?}");
    assert!(error.lines().count() <= 2, "{error}");
}
