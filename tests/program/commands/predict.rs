//! `lenet5 predict`: pictures in, digits out.

use std::fs;
use std::path::{Path, PathBuf};

use crate::common::{
    json_lines, lenet5, reference, repository, run, sample_folder, stderr, text, trained_weights,
};
use assert_cmd::Command;
use image::{DynamicImage, GrayImage, ImageFormat, Luma};
use lenet5::variant::MAX_WEIGHTS_BYTES;
use predicates::prelude::*;
use predicates::str::{contains, starts_with};
use serde_json::Value;
use tempfile::TempDir;
use torch_twin::weights;

fn predict(arguments: &[&str], pictures: &[&Path]) -> Command {
    predict_by(trained_weights(), arguments, pictures)
}

fn predict_by(weights: &Path, arguments: &[&str], pictures: &[&Path]) -> Command {
    let mut command = lenet5(&["predict", "--threads", "1", "--device", "cpu"]);
    command.arg(weights).args(pictures).args(arguments);
    command
}

fn folder() -> TempDir {
    tempfile::tempdir().expect("a temporary folder")
}

/// The lines of JSON that a run with this exit code prints.
fn reports(mut command: Command, code: i32) -> Vec<Value> {
    command.arg("--json");
    json_lines(command, code)
}

fn logits(report: &Value) -> Vec<u32> {
    let logits = report["logits"].as_array().expect("a list").iter();
    logits
        .map(|logit| (logit.as_f64().expect("a number") as f32).to_bits())
        .collect()
}

/// A picture of 60×80 with a 1 in the middle.
fn one(ink: u8, paper: u8) -> GrayImage {
    GrayImage::from_fn(60, 80, |x, y| {
        let is_ink = (28..34).contains(&x) && (10..70).contains(&y);
        Luma([if is_ink { ink } else { paper }])
    })
}

fn save(picture: &GrayImage, path: &Path) {
    picture.save(path).expect("the picture can be written");
}

/// A PNG whose header announces this size.
fn png_of_size(side: u32, path: &Path) {
    save(&one(0, 255), path);
    let mut bytes = fs::read(path).expect("it was just written");
    bytes[16..20].copy_from_slice(&side.to_be_bytes());
    bytes[20..24].copy_from_slice(&side.to_be_bytes());
    let mut crc = flate2::Crc::new();
    crc.update(&bytes[12..29]);
    bytes[29..33].copy_from_slice(&crc.sum().to_be_bytes());
    fs::write(path, bytes).expect("the picture can be written");
}

#[test]
fn digits_saved_by_python_have_the_logits_of_the_data_set_by_bits() {
    let out = folder();
    let script = repository("tests/pictures/save_digits.py");
    let data = sample_folder();
    let arguments = [script.as_path(), &data, trained_weights(), out.path()];
    run(&reference().python.path, arguments);
    let saved = weights::load(&out.path().join("logits.safetensors"), MAX_WEIGHTS_BYTES);
    let saved = saved.expect("Python wrote it").tensors;
    let expected = Vec::<Vec<f32>>::try_from(&saved["logits"]).expect("200×10 floats");

    for polarity in ["light", "dark"] {
        let found = reports(predict(&[], &[&out.path().join(polarity)]), 0);
        assert_eq!(found.len(), 200);
        for (report, expected) in found.iter().zip(&expected) {
            let expected: Vec<u32> = expected.iter().map(|logit| logit.to_bits()).collect();
            assert_eq!(logits(report), expected, "{}", report["file"]);
        }
        // A picture has the same logits alone as among others.
        let alone = reports(
            predict(&[], &[&out.path().join(polarity).join("123.png")]),
            0,
        );
        assert_eq!(alone[0], found[123]);
    }
}

#[test]
fn show_draws_what_was_cut_out_beside_what_the_network_saw_for_each_digit() {
    let picture = repository("tests/pictures/several/42-pen.png");
    let run = predict(&["--show"], &[&picture]).assert().success();
    let drawn = String::from_utf8(run.get_output().stdout.clone()).expect("text");
    let lines: Vec<&str> = drawn.lines().skip(1).collect();
    assert_eq!(lines.len(), 2 * 28);
    // The parts are 28 pixels of two characters wide, and two pixels apart.
    let ink = |lines: &[&str], from: usize, to: usize| {
        let characters = lines
            .iter()
            .flat_map(|line| line.chars().skip(from).take(to - from));
        characters
            .filter(|&character| "#%@".contains(character))
            .count()
    };
    for digit in lines.chunks(28) {
        assert!(
            ink(digit, 0, 56) > 50 && ink(digit, 60, 116) > 50,
            "{drawn}"
        );
        assert_eq!(ink(digit, 56, 60), 0);
    }
}

#[test]
fn each_format_is_known_by_its_content_and_gives_the_same_digit() {
    let folder = folder();
    let picture = DynamicImage::ImageLuma8(one(0, 255));
    let formats = [
        ImageFormat::Png,
        ImageFormat::Gif,
        ImageFormat::Bmp,
        ImageFormat::WebP,
        ImageFormat::Jpeg,
    ];
    for format in formats {
        let path = folder.path().join(format!("{format:?}.txt"));
        let picture = picture.to_rgb8();
        picture
            .save_with_format(&path, format)
            .expect("the picture can be written");
    }
    let found = reports(predict(&[], &[folder.path()]), 0);
    assert_eq!(found.len(), formats.len());
    let (jpeg, exact): (Vec<_>, Vec<_>) = found
        .into_iter()
        .partition(|report| report["file"].to_string().contains("Jpeg"));
    for report in &exact {
        assert_eq!(logits(report), logits(&exact[0]), "{}", report["file"]);
    }
    assert_eq!(jpeg[0]["digit"], exact[0]["digit"]);
}

#[test]
fn ink_may_be_dark_or_light_and_invert_overrules_what_is_found() {
    let folder = folder();
    let [dark, light] = ["dark.png", "light.png"].map(|name| folder.path().join(name));
    save(&one(0, 255), &dark);
    save(&one(255, 0), &light);
    let of =
        |path: &Path, invert: &str| logits(&reports(predict(&["--invert", invert], &[path]), 0)[0]);
    let expected = of(&dark, "auto");
    assert_eq!(of(&light, "auto"), expected);
    assert_eq!(of(&dark, "yes"), expected);
    assert_eq!(of(&light, "no"), expected);
    // Of one bar alone nothing stands out the other way round.
    for (path, invert) in [(&light, "yes"), (&dark, "no")] {
        predict(&["--invert", invert], &[path])
            .assert()
            .code(1)
            .stderr(contains("nothing stands out from the paper"));
    }
}

#[test]
fn what_cannot_be_read_is_reported_and_the_others_go_on() {
    let folder = folder();
    let at = |name: &str| folder.path().join(name);
    save(&one(0, 255), &at("good.png"));
    save(&GrayImage::from_pixel(50, 50, Luma([99])), &at("blank.png"));
    save(&GrayImage::from_pixel(28, 28, Luma([0])), &at("black.png"));
    save(
        &GrayImage::from_fn(50, 50, |x, _| Luma([200 + (x % 3) as u8])),
        &at("paper.png"),
    );
    let whole = fs::read(at("good.png")).expect("it was just written");
    fs::write(at("cut.png"), &whole[..whole.len() / 2]).expect("it can be written");
    fs::write(at("text.png"), "not a picture").expect("it can be written");
    fs::write(at("empty.png"), "").expect("it can be written");
    fs::write(at("old.tiff"), b"II*\0\x08\0\0\0\0\0\0\0").expect("it can be written");
    png_of_size(50_000, &at("bomb.png"));
    png_of_size(0, &at("nothing.png"));

    let refused = [
        ("blank.png", "is empty: all of it has one colour"),
        ("black.png", "is empty: all of it has one colour"),
        ("paper.png", "nothing stands out from the paper"),
        ("cut.png", "is a damaged picture"),
        ("text.png", "is not a PNG, JPEG, GIF, BMP or WebP picture"),
        ("empty.png", "is not a PNG, JPEG, GIF, BMP or WebP picture"),
        ("old.tiff", "is not a PNG, JPEG, GIF, BMP or WebP picture"),
        ("bomb.png", "50000×50000 pixels"),
        ("nothing.png", "is a damaged picture"),
        ("absent.png", "cannot be read: No such file"),
        ("/dev/null", "is not a regular file"),
    ];
    let mut paths: Vec<PathBuf> = refused.iter().map(|(name, _)| at(name)).collect();
    paths.insert(3, at("good.png"));
    paths.push(at("good.png"));
    let pictures: Vec<&Path> = paths.iter().map(PathBuf::as_path).collect();
    let output = predict(&[], &pictures)
        .assert()
        .code(1)
        .get_output()
        .clone();
    let errors = stderr(&output);
    let stdout = String::from_utf8(output.stdout).expect("text");
    assert_eq!(stdout.lines().count(), 2, "{stdout}");
    for (name, reason) in refused {
        let is_reported = |line: &str| line.contains(name) && line.contains(reason);
        assert!(errors.lines().any(is_reported), "{name} {reason}: {errors}");
    }
    assert!(
        errors.ends_with("error: 11 of 13 could not be read as a picture of a digit\n"),
        "{errors}"
    );
    assert_eq!(errors.lines().count(), 12, "{errors}");
}

#[test]
fn a_jpeg_that_is_cut_off_is_not_taken_for_a_whole_one() {
    let folder = folder();
    let whole = fs::read(repository("tests/pictures/0-photo.jpg")).expect("it is there");
    let path = folder.path().join("cut.jpg");
    fs::write(&path, &whole[..whole.len() / 2]).expect("it can be written");
    predict(&[], &[&path])
        .assert()
        .code(1)
        .stderr(contains("is a damaged picture"));
}

#[test]
fn of_a_folder_all_pictures_are_taken_in_order_and_nothing_else() {
    let folder = folder();
    for name in ["b.png", "a.png", "c"] {
        let path = folder.path().join(name);
        one(0, 255)
            .save_with_format(path, ImageFormat::Png)
            .expect("it can be written");
    }
    fs::write(folder.path().join("notes.txt"), "1 1 1").expect("it can be written");
    fs::create_dir(folder.path().join("sub.png")).expect("it can be made");
    let found = reports(predict(&[], &[folder.path()]), 0);
    let expected = ["a.png", "b.png", "c"].map(|name| folder.path().join(name));
    let files: Vec<_> = found.iter().map(|report| report["file"].clone()).collect();
    assert_eq!(files, expected.map(|path| Value::from(text(&path))));

    let empty = self::folder();
    predict(&[], &[empty.path()])
        .assert()
        .code(1)
        .stderr(contains("holds no picture"));
}

#[cfg(unix)]
#[test]
fn odd_names_break_neither_lines_nor_json() {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt;

    let folder = folder();
    for name in [
        &b"--json"[..],
        b"a\nb\x1b[31m.png",
        b"\xff\xfe.png",
        "\"ziffer\" ✎.png".as_bytes(),
    ] {
        let path = folder.path().join(OsStr::from_bytes(name));
        one(0, 255)
            .save_with_format(path, ImageFormat::Png)
            .expect("it can be written");
    }
    let found = reports(predict(&[], &[folder.path()]), 0);
    assert_eq!(found.len(), 4);
    let run = predict(&[], &[folder.path()]).assert().success();
    let lines = String::from_utf8(run.get_output().stdout.clone()).expect("text");
    assert_eq!(lines.lines().count(), 4, "{lines}");
    assert!(
        !lines.contains('\x1b') && lines.contains("a\\nb\\u{1b}[31m.png"),
        "{lines}"
    );
}

#[test]
fn text_names_the_digit_its_probability_and_the_runners_up() {
    let line = r"^\S+1-pen\.png  1   99\.\d\d%   then \d  \d\.\d\d%, \d  \d\.\d\d%\n$";
    let line = predicate::str::is_match(line).expect("a pattern");
    predict(&[], &[&repository("tests/pictures/1-pen.png")])
        .assert()
        .success()
        .stdout(line);
}

#[test]
fn show_draws_the_digit_in_plain_characters_where_there_is_no_terminal() {
    let folder = folder();
    let path = folder.path().join("one.png");
    let mut digit = GrayImage::new(28, 28);
    digit.put_pixel(3, 1, Luma([255]));
    digit.put_pixel(4, 1, Luma([128]));
    save(&digit, &path);
    let output = predict(&["--show"], &[&path])
        .assert()
        .success()
        .get_output()
        .clone();
    let lines = String::from_utf8(output.stdout).expect("text");
    let drawn: Vec<&str> = lines.lines().skip(1).collect();
    assert_eq!(drawn.len(), 28);
    assert_eq!(drawn[1], "      @@==");
    assert!(
        drawn
            .iter()
            .enumerate()
            .all(|(row, line)| row == 1 || line.is_empty())
    );
    // Beside JSON the drawing goes to standard error.
    assert_eq!(reports(predict(&["--show"], &[&path]), 0).len(), 1);
}

#[test]
fn wrong_options_are_wrong_usage_and_wrong_weights_an_error() {
    let picture = repository("tests/pictures/1-pen.png");
    predict(&["--invert", "maybe"], &[&picture])
        .assert()
        .code(2)
        .stderr(contains("expected auto, yes or no"));
    predict(&[], &[])
        .assert()
        .code(2)
        .stderr(contains("<IMAGE>"));
    let error = starts_with(format!("error: {}: ", picture.display()));
    predict_by(&picture, &[], &[&picture])
        .assert()
        .code(1)
        .stdout("")
        .stderr(error);
}

#[test]
fn a_torchscript_module_of_the_network_predicts_the_same() {
    let folder = folder();
    let module = folder.path().join("module.pt");
    let convert = ["convert", text(trained_weights()), text(&module)];
    lenet5(&convert).assert().success();
    let picture = repository("tests/pictures/1-pen.png");
    let by_module = predict_by(&module, &[], &[&picture]);
    assert_eq!(reports(by_module, 0), reports(predict(&[], &[&picture]), 0));
}
