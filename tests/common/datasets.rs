use std::fs;
use std::path::{Path, PathBuf};

use lenet5::data::{self, Dataset, IdxKind, Source};

use super::repository;

/// Training images of the small data set: eleven steps of 60, the last one partial.
pub const SMALL_TRAIN: usize = 640;

const SMALL_TEST: usize = 100;

/// The folder of the sample, as both languages can read it.
pub fn sample_folder() -> PathBuf {
    repository("src/data/sample")
}

/// The folder of MNIST. A test that needs it is ignored unless `make test` finds it.
pub fn mnist_folder() -> PathBuf {
    let folder = std::env::var_os("LENET5_DATA").expect("LENET5_DATA names a folder with MNIST");
    let folder = PathBuf::from(folder);
    assert!(folder.is_dir(), "{}: no folder", folder.display());
    folder
}

/// Reads the data set in a folder.
pub fn load(folder: &Path) -> Dataset {
    let source = Source::Folder(folder.to_owned());
    data::load(Some(&source), &mut |_| {}).expect("the data set is whole")
}

/// An IDX file.
pub fn idx(kind: IdxKind, shape: &[u32], bytes: &[u8]) -> Vec<u8> {
    let mut file = kind.magic().to_be_bytes().to_vec();
    file.extend(shape.iter().flat_map(|dimension| dimension.to_be_bytes()));
    file.extend(bytes);
    file
}

/// Writes the four IDX files of a small data set; another seed, another data set.
pub fn write_small_dataset(folder: &Path, seed: u32) {
    fs::create_dir_all(folder).expect("a folder");
    for (part, count) in [("train", SMALL_TRAIN), ("t10k", SMALL_TEST)] {
        let mut random = seed.wrapping_mul(2_654_435_761) ^ count as u32;
        let mut byte = || {
            random = random.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (random >> 24) as u8
        };
        let labels: Vec<u8> = (0..count).map(|_| byte() % 10).collect();
        // An image's brightness tells its label, so that there is something to learn.
        let levels = labels.iter().flat_map(|label| vec![label * 20; 784]);
        let pixels: Vec<u8> = levels
            .map(|level| level / 2 + byte() / 4 + level / 4)
            .collect();
        let write = |name: &str, file: Vec<u8>| {
            let path = folder.join(format!("{part}-{name}-ubyte"));
            fs::write(path, file).expect("written");
        };
        let count = count as u32;
        write(
            "images-idx3",
            idx(IdxKind::Images, &[count, 28, 28], &pixels),
        );
        write("labels-idx1", idx(IdxKind::Labels, &[count], &labels));
    }
}
