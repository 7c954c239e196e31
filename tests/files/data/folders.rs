use std::fs;
use std::path::Path;
use std::thread;
use std::time::Duration;

use lenet5::data::{Cache, Dataset, IdxKind, Source};
use predicates::prelude::*;
use predicates::str::{contains, starts_with};
use tempfile::TempDir;
use torch_twin::data::Dataset as _;

use super::files::{assert_refused, folder, gzip, images, labels, load, load_folder, put};
use crate::common::{
    as_another_user, idx, lenet5, mnist_folder, spawn, stderr, text, trained_weights,
};

/// The most memory that `lenet5 eval` on the data in `folder` has written to at once until it found
/// a label that is no class, in bytes, as seen every few milliseconds. Programs' own pages, which
/// the kernel drops and reads again as it likes, are not in it.
#[cfg(target_os = "linux")]
fn memory_of_reading(folder: &Path) -> u64 {
    let eval = ["eval", text(trained_weights()), "--data", text(folder)];
    let mut child = spawn(&lenet5(&[&eval[..], &["--threads", "1"]].concat()));
    let status = format!("/proc/{}/status", child.id());
    let mut most = 0;
    while child.try_wait().expect("a child").is_none() {
        let status = fs::read_to_string(&status).unwrap_or_default();
        let line = status
            .lines()
            .find_map(|line| line.strip_prefix("RssAnon:"));
        let kilobytes = line.map(|line| line.trim_matches(['\t', ' ', 'k', 'B']));
        let kilobytes = kilobytes.and_then(|number| number.parse::<u64>().ok());
        most = most.max(kilobytes.unwrap_or(0) << 10);
        thread::sleep(Duration::from_millis(2));
    }
    assert_eq!(child.wait().expect("a child").code(), Some(1));
    most
}

/// EMNIST's training images, the most in common use, and as small a file as can hold as many.
#[cfg(target_os = "linux")]
#[test]
fn half_a_gigabyte_of_images_is_read_into_half_a_gigabyte_of_memory() {
    const COUNT: usize = 697_932;
    /// No label can be that; a pixel can.
    const LAST: u8 = 10;
    let zeros = |kind, shape: &[u32], count| {
        const PART: usize = 1 << 24;
        let part = gzip(&[0; PART]);
        let parts = std::iter::repeat_n(part, count / PART).flatten();
        let header = gzip(&idx(kind, shape, &[]));
        let rest = gzip(&[&vec![0; count % PART - 1][..], &[LAST]].concat());
        header
            .into_iter()
            .chain(parts)
            .chain(rest)
            .collect::<Vec<_>>()
    };
    let folder = folder();
    let put_images = |count: usize| {
        let shape = [count as u32, 28, 28];
        let images = zeros(IdxKind::Images, &shape, count * 784);
        put(&folder, "t10k-images-idx3-ubyte", &images);
        let labels = zeros(IdxKind::Labels, &shape[..1], count);
        put(&folder, "t10k-labels-idx1-ubyte", &labels);
        memory_of_reading(folder.path())
    };
    let without = put_images(1);
    let taken = put_images(COUNT) - without;
    let images = COUNT as u64 * 784;
    assert!(taken > images, "{taken} bytes for {images}");
    assert!(taken < images * 5 / 4, "{taken} bytes for {images}");
}

#[test]
fn the_four_files_lie_in_the_folder_or_in_mnist_raw_below_it() {
    let folder = folder();
    let direct = load_folder(folder.path()).expect("a data set");

    let spaced = folder.path().join("a folder, with spaces");
    let raw = spaced.join("MNIST/raw");
    fs::create_dir_all(&raw).expect("a folder");
    for entry in fs::read_dir(folder.path()).expect("a folder").flatten() {
        if entry.path().is_file() {
            fs::rename(entry.path(), raw.join(entry.file_name())).expect("one disk");
        }
    }
    let torchvision = load_folder(&spaced).expect("a data set");

    for dataset in [direct, torchvision] {
        let train = dataset.train;
        assert_eq!(train.images.size(), [3, 28, 28]);
        assert_eq!(train.images.kind(), tch::Kind::Uint8);
        assert_eq!(train.labels, tch::Tensor::from_slice(&[7_i64, 8, 9]));
        assert_eq!((train.len(), dataset.test.len()), (3, 2));
    }
}

#[test]
fn get_gathers_images_with_their_labels() {
    let folder = folder();
    let train = load_folder(folder.path()).expect("a data set").train;
    let (images, labels) = train.get(&[2, 0]).expect("below 3");
    assert_eq!(images.size(), [2, 28, 28]);
    let grey = |image, pixel| images.int64_value(&[image, pixel, pixel]);
    assert_eq!(
        [grey(0, 0), grey(0, 27), grey(1, 0), grey(1, 27)],
        [2, 2, 0, 0]
    );
    assert_eq!(labels, tch::Tensor::from_slice(&[9_i64, 7]));
    let error = train.get(&[3]).expect_err("three images").to_string();
    assert_eq!(error.lines().count(), 1, "{error}");
}

#[test]
fn missing_files_are_named() {
    let folder = folder();
    let file = folder.path().join("train-labels-idx1-ubyte");
    fs::remove_file(file).expect("a file");
    let words = "there is no train-labels-idx1-ubyte (plain or .gz), neither in it nor";
    assert_refused(load_folder(folder.path()), words);
    let file = folder.path().join("train-images-idx3-ubyte");
    let words = "is not a folder";
    assert_refused(load_folder(file), words);
    assert_refused(load_folder(folder.path().join("nowhere")), words);
    assert_refused(load_folder(""), words);
}

#[test]
fn a_folder_in_place_of_a_file_is_refused() {
    let folder = folder();
    let path = folder.path().join("train-images-idx3-ubyte");
    fs::remove_file(&path).expect("a file");
    fs::create_dir(&path).expect("a folder");
    let words = "train-images-idx3-ubyte\" is not a regular file";
    assert_refused(load_folder(folder.path()), words);
    put(&folder, "train-images-idx3-ubyte.gz", &images(3));
    load_folder(folder.path()).expect("the file beside it is taken");
}

#[cfg(unix)]
#[test]
fn a_pipe_is_refused_instead_of_waited_for() {
    let folder = folder();
    let path = folder.path().join("train-images-idx3-ubyte");
    fs::remove_file(&path).expect("a file");
    let made = std::process::Command::new("mkfifo").arg(&path).status();
    assert!(made.expect("mkfifo runs").success());
    assert_refused(load_folder(folder.path()), "is not a regular file");
}

#[cfg(unix)]
#[test]
#[ignore = "needs root, to act as another user: make test includes it there"]
fn an_unreadable_file_is_named_as_another_user_sees_it() {
    use std::os::unix::fs::PermissionsExt;

    let folder = folder();
    let path = folder.path().join("train-images-idx3-ubyte");
    let set_mode = |path: &Path, mode| {
        fs::set_permissions(path, fs::Permissions::from_mode(mode)).expect("a file of ours");
    };
    set_mode(folder.path(), 0o755);
    set_mode(&path, 0o000);
    let train = lenet5(&["train", "--data", text(folder.path())]);
    let output = as_another_user(&train);
    assert_eq!(output.status.code(), Some(1));
    let reason = format!("error: {path:?} cannot be read: Permission denied (os error 13)\n");
    assert_eq!(stderr(&output), reason);
}

#[test]
fn images_and_labels_must_be_equally_many() {
    let folder = folder();
    put(&folder, "t10k-labels-idx1-ubyte.gz", &labels(&[1, 2, 3]));
    assert_refused(load_folder(folder.path()), "holds 2 images, but");
}

#[test]
fn a_label_that_is_no_class_is_named_with_its_index() {
    let folder = folder();
    let dataset = load_folder(folder.path()).expect("a data set");
    assert_refused(dataset.check_labels(9), "label 9 at index 2 of");
    assert_refused(dataset.check_labels(0), "label 7 at index 0 of");
    dataset.check_labels(10).expect("9 is below 10");
}

#[test]
fn the_command_line_names_the_file_that_it_refuses() {
    let folder = folder();
    let refused = |words: &str| {
        let data = ["--data", text(folder.path()), "--classes", "9"];
        let run = lenet5(&["train"]).args(data).assert().code(1);
        run.stderr(starts_with("error: ").and(contains(words)));
    };
    let labels = folder.path().join("train-labels-idx1-ubyte");
    refused(&format!("label 9 at index 2 of {labels:?}"));
    put(&folder, "train-labels-idx1-ubyte", &images(3));
    refused(&format!("{labels:?} holds images, but labels belong there"));
}

#[test]
fn images_of_another_size_are_refused() {
    let folder = folder();
    let wide = idx(IdxKind::Images, &[3, 28, 32], &[0; 3 * 28 * 32]);
    put(&folder, "train-images-idx3-ubyte", &wide);
    assert_refused(
        load_folder(folder.path()),
        "are 28×32; 28×28 or 32×32 is expected",
    );
}

#[test]
fn sources_are_named_by_a_word_or_a_folder() {
    let source = |text: &str| text.parse::<Source>();
    assert_eq!(source("mnist"), Ok(Source::Mnist));
    assert_eq!(source("sample"), Ok(Source::Sample));
    assert_eq!(source("./mnist"), Ok(Source::Folder("./mnist".into())));
    assert_eq!(source("a b"), Ok(Source::Folder("a b".into())));
}

/// An own cache with nothing in it.
fn empty_cache() -> (TempDir, Cache) {
    let folder = tempfile::tempdir().expect("a folder");
    let cache = Cache {
        folder: folder.path().join("cache"),
        replace_damaged: true,
    };
    (folder, cache)
}

#[test]
fn without_mnist_and_network_the_sample_is_taken_with_a_warning() {
    let (_folder, cache) = empty_cache();
    for cache in [Some(&cache), None] {
        let dataset = load(None, cache).expect("the sample");
        assert_eq!(dataset.train.len(), 8000);
        let warning = dataset.warning.expect("a warning");
        assert!(warning.contains("NOT MNIST"), "{warning}");
        assert!(warning.contains("does not compare"), "{warning}");
    }
}

#[test]
fn mnist_that_was_asked_for_is_never_replaced_by_the_sample() {
    let (_folder, cache) = empty_cache();
    let load = |cache| load(Some(&Source::Mnist), cache);
    assert_refused(load(Some(&cache)), "cannot download MNIST");
    assert_refused(load(None), "LENET5_DATA");
}

#[test]
fn a_broken_file_in_lenet5_data_is_not_hidden_by_the_sample() {
    let folder = folder();
    let cache = Cache::choose(Some(folder.path().into()), None);
    assert_refused(load(None, cache.as_ref()), "is not MNIST's");
}

#[test]
fn the_sample_asked_for_comes_without_a_warning() {
    let dataset = load(Some(&Source::Sample), None).expect("the sample");
    assert_eq!(dataset.test.len(), 2000);
    assert_eq!(dataset.warning, None);
}

#[test]
#[ignore = "needs MNIST: make test includes it where LENET5_DATA names its folder"]
fn mnist_in_lenet5_data_is_found_and_verified() {
    let cache = Cache::choose(Some(mnist_folder().into()), None);
    let dataset = load(None, cache.as_ref()).expect("MNIST");
    assert_eq!(dataset.warning, None);
    let Dataset { train, test, .. } = dataset;
    assert_eq!((train.len(), test.len()), (60_000, 10_000));
    assert_eq!(train.labels.int64_value(&[0]), 5);
    assert_eq!(test.labels.int64_value(&[0]), 7);
}
