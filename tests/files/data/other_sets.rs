//! Data sets in MNIST's form whose files, labels or images differ from MNIST's.

use std::fs;
use std::path::Path;

use image::GrayImage;
use lenet5::data::{Dataset, DatasetFile, IdxKind};
use predicates::prelude::*;
use predicates::str::contains;
use tempfile::TempDir;
use torch_twin::tensor_bytes;

use super::files::{assert_refused, folder, labels, load_folder, put};
use crate::common::{
    SMALL_TRAIN, idx, json_file, json_object, lenet5, load, parity, sample_folder, text,
    trained_weights, write_small_dataset,
};

/// The folder's four files under EMNIST's names.
fn rename_as_emnist(folder: &Path, set: &str) {
    for entry in fs::read_dir(folder).expect("a folder").flatten() {
        let name = entry.file_name().into_string().expect("a name");
        if !name.starts_with("emnist") {
            let name = format!("emnist-{set}-{}", name.replace("t10k", "test"));
            fs::rename(entry.path(), folder.join(name)).expect("one disk");
        }
    }
}

#[test]
fn files_with_the_names_of_emnist_or_with_a_dot_are_found() {
    let (plain, emnist) = (folder(), folder());
    let expected = load_folder(plain.path()).expect("a data set");
    rename_as_emnist(emnist.path(), "letters");
    for name in ["", "emnist-letters"] {
        let found = load_folder(emnist.path().join(name)).expect("a data set");
        assert_eq!(found.train.images, expected.train.images);
        assert_eq!(found.test.labels, expected.test.labels);
        assert!(found.origin.ends_with("emnist-letters"), "{}", found.origin);
    }
    for entry in fs::read_dir(plain.path()).expect("a folder").flatten() {
        let name = entry.path().display().to_string();
        fs::rename(&name, name.replace("-idx", ".idx")).expect("one disk");
    }
    let dotted = load_folder(plain.path()).expect("a data set");
    assert_eq!(dotted.train.images, expected.train.images);
}

#[test]
fn of_several_sets_in_a_folder_one_is_named() {
    let all = folder();
    rename_as_emnist(all.path(), "digits");
    let letters = folder();
    put(&letters, "train-labels-idx1-ubyte", &labels(&[1, 2, 3]));
    rename_as_emnist(letters.path(), "letters");
    for entry in fs::read_dir(letters.path()).expect("a folder").flatten() {
        fs::copy(entry.path(), all.path().join(entry.file_name())).expect("a copy");
    }
    let words = "holds several data sets; name one, as";
    assert_refused(load_folder(all.path()), words);
    let digits = load_folder(all.path().join("emnist-digits")).expect("a data set");
    assert_eq!(digits.train.labels, tch::Tensor::from_slice(&[7_i64, 8, 9]));
    let letters = load_folder(all.path().join("emnist-letters")).expect("a data set");
    assert_eq!(
        letters.train.labels,
        tch::Tensor::from_slice(&[1_i64, 2, 3])
    );
    assert_refused(
        load_folder(all.path().join("emnist-none")),
        "is not a folder",
    );
}

/// A small data set whose labels are 1 to 10, as EMNIST's letters are 1 to 26.
fn from_one() -> TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    write_small_dataset(folder.path(), 1);
    for file in [DatasetFile::TrainLabels, DatasetFile::TestLabels] {
        let path = folder.path().join(file.name());
        let mut bytes = fs::read(&path).expect("a file");
        bytes[8..].iter_mut().for_each(|label| *label += 1);
        fs::write(path, bytes).expect("written");
    }
    folder
}

#[test]
fn labels_from_one_are_counted_from_zero_and_a_run_keeps_that() {
    let (zero, one) = (tempfile::tempdir().expect("a folder"), from_one());
    write_small_dataset(zero.path(), 1);
    let data = text(one.path());
    let train = |data: &str, options: &[&str]| {
        let mut command = lenet5(&["train", "--epochs", "1", "--threads", "1"]);
        command.args(["--data", data]).args(options);
        command
    };
    let words = contains("is not below the number of classes, 10; no label is 0: --labels-from 1");
    train(data, &[]).assert().code(1).stderr(words);

    let out = tempfile::tempdir().expect("a folder");
    let (plain, shifted) = (out.path().join("plain"), out.path().join("shifted"));
    let as_is = train(text(zero.path()), &["--out", text(&plain)]);
    let counted = train(data, &["--out", text(&shifted), "--labels-from", "1"]);
    for mut command in [as_is, counted] {
        command.assert().success();
    }
    let digest = |run: &Path| json_file(&run.join("run.json"))["weights_sha256"].clone();
    assert_eq!(digest(&plain), digest(&shifted));
    // The checkpoint knows how the labels are counted.
    fs::remove_file(shifted.join("run.json")).expect("a file");
    let mut resume = lenet5(&["train", "--resume", text(&shifted)]);
    resume.assert().success();
    assert_eq!(digest(&plain), digest(&shifted));

    let too_high = train(data, &["--labels-from", "2"]);
    { too_high }.assert().code(1).stderr(contains(
        "is below 2, that of the first class; --labels-from",
    ));
}

/// A small data set, and the same with the images padded to 32×32 as the network's input is.
fn both_sizes() -> [TempDir; 2] {
    let [small, large] = [(), ()].map(|()| tempfile::tempdir().expect("a folder"));
    for folder in [&small, &large] {
        write_small_dataset(folder.path(), 2);
    }
    let Dataset { train, test, .. } = load(small.path());
    for (split, file) in [
        (train, DatasetFile::TrainImages),
        (test, DatasetFile::TestImages),
    ] {
        let padded = split.images.constant_pad_nd([2, 2, 2, 2]);
        let bytes = tensor_bytes(&padded).expect("bytes");
        let shape = [split.len() as u32, 32, 32];
        put(&large, file.name(), &idx(IdxKind::Images, &shape, &bytes));
    }
    [small, large]
}

#[test]
fn images_of_32_by_32_are_taken_without_padding_in_both_languages() {
    let [small, large] = both_sizes();
    let out = tempfile::tempdir().expect("a folder");
    let digests = [&small, &large].map(|data| {
        let run = out.path().join(if data.path() == small.path() {
            "28"
        } else {
            "32"
        });
        let train = ["train", "--epochs", "1", "--data", text(data.path())];
        lenet5(&[&train[..], &["--out", text(&run)]].concat())
            .assert()
            .success();
        json_file(&run.join("run.json"))["weights_sha256"].clone()
    });
    assert_eq!(digests[0], digests[1]);
    let steps = (SMALL_TRAIN / 64).to_string();
    let data = ["--data", text(large.path())];
    parity(&["--steps", "1", &steps])
        .args(data)
        .assert()
        .success();
}

#[test]
fn the_classes_have_the_names_of_a_file() {
    let folder = tempfile::tempdir().expect("a folder");
    let names = folder.path().join("names.txt");
    let words: Vec<_> = (0..10).map(|class| format!("class-{class}")).collect();
    fs::write(&names, words.join("\n")).expect("written");
    let eval = |options: &[&str]| {
        let mut command = lenet5(&["eval", text(trained_weights()), "--data", "sample"]);
        command.args(["--class-names", text(&names)]).args(options);
        command
    };
    eval(&[])
        .env("COLUMNS", "200")
        .assert()
        .success()
        .stdout(contains("class-3").and(contains("accuracy")));
    let report = json_object(eval(&["--json"]), 0);
    assert_eq!(report["class_names"][9], "class-9");
    fs::write(&names, "one\ntwo").expect("written");
    let words = contains("names 2 classes, and the network tells 10 apart");
    eval(&[]).assert().code(1).stderr(words);
}

#[test]
fn the_number_of_classes_is_that_of_the_weights() {
    let folder = tempfile::tempdir().expect("a folder");
    let (data, out) = (folder.path().join("data"), folder.path().join("run"));
    write_small_dataset(&data, 3);
    let train = [
        "train",
        "--epochs",
        "1",
        "--classes",
        "26",
        "--data",
        text(&data),
    ];
    lenet5(&[&train[..], &["--out", text(&out)]].concat())
        .assert()
        .success();
    let report = lenet5(&["eval", text(&out), "--data", text(&data), "--json"]);
    let report = json_object(report, 0);
    assert_eq!(report["confusion"].as_array().map(Vec::len), Some(26));
    let weights = ["--weights", text(&out), "--data", text(&data)];
    parity(&[&weights[..], &["--steps", "1"]].concat())
        .assert()
        .success();
    let again = folder.path().join("again");
    let init = [
        "train",
        "--epochs",
        "1",
        "--init",
        text(&out),
        "--data",
        text(&data),
    ];
    lenet5(&[&init[..], &["--out", text(&again)]].concat())
        .assert()
        .success();
    assert_eq!(json_file(&again.join("run.json"))["classes"], 26);
}

/// The first `count` images of each part of the small data set as PNG files in folders by class.
fn as_pictures(idx: &Path, folder: &Path, count: usize, name: impl Fn(i64) -> String) {
    let Dataset { train, test, .. } = load(idx);
    for (part, split) in [("train", train), ("testing", test)] {
        for index in 0..count {
            let label = split.labels.int64_value(&[index as i64]);
            let class = folder.join(part).join(name(label));
            fs::create_dir_all(&class).expect("a folder");
            let bytes = tensor_bytes(&split.images.get(index as i64)).expect("bytes");
            let image = GrayImage::from_raw(28, 28, bytes).expect("28×28");
            let path = class.join(format!("{index:05}.png"));
            image.save(path).expect("written");
        }
    }
}

#[test]
fn pictures_in_folders_by_class_are_a_data_set() {
    let (idx, pictures) = (sample_folder(), tempfile::tempdir().expect("a folder"));
    as_pictures(&idx, pictures.path(), 60, |label| label.to_string());
    let found = load_folder(pictures.path()).expect("a data set");
    assert_eq!((found.train.len(), found.test.len()), (60, 60));
    // Sorted by class, and the same pixels.
    let expected = load(&idx).train;
    let order = expected
        .labels
        .narrow(0, 0, 60)
        .argsort_stable(true, 0, false);
    let in_order = expected.images.narrow(0, 0, 60).index_select(0, &order);
    assert_eq!(found.train.images, in_order);

    let eval = [
        "eval",
        text(trained_weights()),
        "--data",
        text(pictures.path()),
        "--json",
    ];
    let report = json_object(lenet5(&eval), 0);
    assert_eq!(report["total"], 60);
    assert!(report["correct"].as_u64() > Some(50), "{report}");

    let named = tempfile::tempdir().expect("a folder");
    let words = [
        "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine",
    ];
    as_pictures(&idx, named.path(), 60, |label| {
        words[label as usize].to_owned()
    });
    let found = load_folder(named.path()).expect("a data set");
    // By their names: eight, five, four, nine, …
    assert_eq!(found.train.labels.int64_value(&[0]), 0);
    assert_eq!(found.train.images.get(0), {
        let first = (0..60).find(|&index| expected.labels.int64_value(&[index]) == 8);
        expected.images.get(first.expect("an eight"))
    });

    let broken = pictures.path().join("train/3/broken.png");
    fs::write(&broken, b"\x89PNG\r\n\x1a\n and no more").expect("written");
    assert_refused(
        load_folder(pictures.path()),
        "broken.png\" is a damaged picture",
    );
    fs::remove_dir_all(pictures.path().join("testing")).expect("a folder");
    fs::remove_file(&broken).expect("a file");
    assert_refused(
        load_folder(pictures.path()),
        "holds no whole data set: there is no test",
    );
}
