//! `lenet5 predict` with as many pictures as a job has.

use std::fs;
use std::path::{Path, PathBuf};

use crate::common::{json_lines, lenet5, load, repository, sample_folder, text, trained_weights};
use assert_cmd::Command;
use image::GrayImage;
use predicates::prelude::*;
use predicates::str::contains;
use tempfile::TempDir;
use torch_twin::tensor_bytes;

/// The first `count` test images of the sample as PNG files, each in the folder that `place` names.
fn digits(folder: &Path, count: usize, place: impl Fn(i64) -> String) -> Vec<PathBuf> {
    let test = load(&sample_folder()).test;
    let write = |index: usize| {
        let label = test.labels.int64_value(&[index as i64]);
        let folder = folder.join(place(label));
        fs::create_dir_all(&folder).unwrap();
        let bytes = tensor_bytes(&test.images.get(index as i64)).unwrap();
        let path = folder.join(format!("{index:04}.png"));
        GrayImage::from_raw(28, 28, bytes)
            .unwrap()
            .save(&path)
            .unwrap();
        path
    };
    (0..count).map(write).collect()
}

fn predict(arguments: &[&str]) -> Command {
    lenet5(&[&["predict", text(trained_weights())], arguments].concat())
}

fn stdout(mut command: Command) -> String {
    let run = command.assert().success();
    String::from_utf8(run.get_output().stdout.clone()).unwrap()
}

#[test]
fn answers_keep_the_order_of_the_pictures_on_any_number_of_threads() {
    let folder = TempDir::new().unwrap();
    let mut paths = digits(folder.path(), 150, |_| String::new());
    // Some take far longer than others.
    let photo = repository("tests/pictures/0-photo.jpg");
    for (index, place) in [0, 63, 64, 100].into_iter().enumerate() {
        let copy = folder.path().join(format!("photo-{index}.jpg"));
        fs::copy(&photo, &copy).unwrap();
        paths.insert(place, copy);
    }
    let list: Vec<_> = paths.iter().map(|path| text(path)).collect();
    let list = list.join("\n");
    let answers = ["1", "4"].map(|threads| {
        let mut command = predict(&["--files-from", "-", "--json", "--threads", threads]);
        command.write_stdin(list.clone());
        stdout(command)
    });
    assert_eq!(answers[0].lines().count(), 154);
    let files = |answers: &str| -> Vec<String> {
        let lines = answers.lines();
        let reports = lines.map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap());
        reports
            .map(|report| report["file"].as_str().unwrap().to_owned())
            .collect()
    };
    let expected: Vec<_> = paths.iter().map(|path| text(path).to_owned()).collect();
    assert_eq!(files(&answers[0]), expected);
    assert_eq!(files(&answers[1]), expected);
}

#[test]
fn a_picture_comes_from_standard_input_too() {
    let picture = repository("tests/pictures/1-pen.png");
    let mut command = predict(&["-"]);
    command.write_stdin(fs::read(&picture).unwrap());
    let answer = stdout(command);
    let by_name = stdout(predict(&[text(&picture)]));
    let after_name = |answer: &str| answer.split_once("  ").unwrap().1.trim().to_owned();
    assert_eq!(after_name(&answer), after_name(&by_name));
    predict(&["-"])
        .write_stdin("no picture")
        .assert()
        .code(1)
        .stderr(contains("error: -: is not a PNG"));
}

#[test]
fn a_list_that_cannot_be_read_and_files_that_are_not_there_are_named() {
    let folder = TempDir::new().unwrap();
    let list = folder.path().join("list.txt");
    let missing = predict(&["--files-from", text(&list)]);
    { missing }
        .assert()
        .code(1)
        .stderr(contains("list.txt: cannot be read"));
    let picture = repository("tests/pictures/1-pen.png");
    fs::write(&list, format!("{}\n\nnowhere.png\n", text(&picture))).unwrap();
    predict(&["--files-from", text(&list)])
        .assert()
        .code(1)
        .stdout(contains("1-pen.png"))
        .stderr(contains("error: nowhere.png: ").and(contains("1 of 2 could not be read")));
    predict(&["--csv", "--json", text(&picture)])
        .assert()
        .code(2);
}

#[test]
fn a_table_holds_a_line_for_each_picture_whatever_its_name() {
    let folder = TempDir::new().unwrap();
    let name = folder.path().join("one, \"two\".png");
    fs::copy(repository("tests/pictures/1-pen.png"), &name).unwrap();
    let table = stdout(predict(&["--csv", text(folder.path())]));
    let mut rows = csv::Reader::from_reader(table.as_bytes());
    let header = ["file", "text", "probability", "unsure", "truth"];
    assert_eq!(rows.headers().unwrap(), &header[..]);
    let rows: Vec<_> = rows.records().map(Result::unwrap).collect();
    let [row] = &rows[..] else { panic!("{table}") };
    assert_eq!(
        (&row[0], &row[1], &row[3], &row[4]),
        (text(&name), "1", "false", "")
    );
}

#[test]
fn folders_of_classes_give_an_accuracy_and_a_confusion_matrix() {
    let folder = TempDir::new().unwrap();
    digits(folder.path(), 60, |label| label.to_string());
    let shown = stdout(predict(&[text(folder.path())]));
    assert!(shown.contains("(5") && shown.contains(" of 60)"), "{shown}");
    assert!(shown.contains("Rows are true classes"), "{shown}");
    let lines = json_lines(predict(&[text(folder.path()), "--json"]), 0);
    let (score, answers) = lines.split_last().unwrap();
    assert_eq!(answers.len(), 60);
    assert_eq!(answers[0]["truth"], "0");
    let right = answers
        .iter()
        .filter(|answer| answer["text"] == answer["truth"]);
    assert_eq!(score["correct"], right.count());

    // The same by names of the classes.
    let named = TempDir::new().unwrap();
    let words = [
        "nil", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine",
    ];
    digits(named.path(), 60, |label| words[label as usize].to_owned());
    let names = named.path().join("names.txt");
    fs::write(&names, words.join("\n")).unwrap();
    let options = [text(named.path()), "--json", "--class-names", text(&names)];
    let lines = json_lines(predict(&options), 0);
    assert_eq!(lines.last().unwrap()["correct"], score["correct"]);
    assert_eq!(lines.last().unwrap()["total"], 60);
}

/// What is decoded is let go.
#[cfg(target_os = "linux")]
#[test]
fn memory_does_not_grow_with_the_number_of_pictures() {
    let folder = TempDir::new().unwrap();
    let picture = folder.path().join("picture.png");
    GrayImage::from_fn(2000, 1500, |x, y| {
        let is_ink = (900..1000).contains(&x) && (300..1200).contains(&y);
        image::Luma([if is_ink { 0 } else { 230 }])
    })
    .save(&picture)
    .unwrap();
    let peak = |count: usize| {
        let list = folder.path().join(format!("{count}.txt"));
        fs::write(&list, format!("{}\n", text(&picture)).repeat(count)).unwrap();
        let command = predict(&["--files-from", text(&list), "--threads", "2", "--csv"]);
        let mut child = crate::common::spawn(&command);
        let status = format!("/proc/{}/status", child.id());
        let mut most = 0;
        while child.try_wait().unwrap().is_none() {
            let status = fs::read_to_string(&status).unwrap_or_default();
            let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
            let number = line.map(|line| line.trim_matches(['\t', ' ', 'k', 'B']));
            most = most.max(
                number
                    .and_then(|number| number.parse().ok())
                    .unwrap_or(0_u64),
            );
            std::thread::sleep(std::time::Duration::from_millis(5));
        }
        assert!(child.wait().unwrap().success());
        most >> 10
    };
    let (few, many) = (peak(8), peak(80));
    // Kept, 72 pictures of three million pixels would take 200 MB more.
    assert!(many < few + 60, "{few} MB for 8, {many} MB for 80");
}
