//! `lenet5 show`: kernels and maps, drawn.

use std::fs;

use crate::common::{json_object, lenet5, repository, text, trained_weights};
use assert_cmd::Command;
use lenet5::variant::VARIANTS;
use predicates::prelude::*;
use predicates::str::contains;
use tempfile::TempDir;
use torch_twin::{Generator, weights};

fn show(arguments: &[&str]) -> Command {
    let mut command = lenet5(&["show", text(trained_weights())]);
    command.args(arguments);
    command
}

fn picture() -> String {
    text(&repository("tests/pictures/0-pen.png")).to_owned()
}

#[test]
fn each_layer_is_drawn_in_characters_that_fit_the_terminal() {
    for width in ["60", "80", "120"] {
        let mut command = show(&[&picture()]);
        let run = command.env("COLUMNS", width).assert().success();
        let stdout = String::from_utf8(run.get_output().stdout.clone()).unwrap();
        for words in [
            "C1 (conv1): 6 kernels 5×5",
            "C3 (conv2): 96 kernels 5×5",
            "too many for a terminal",
            "C1 (conv1): 6 maps 28×28",
            "S4 (pool2): 16 maps 5×5",
            "F6 (fc1): 84 values",
            "Read as 0 ",
        ] {
            assert!(stdout.contains(words), "{words} in\n{stdout}");
        }
        let widest = stdout.lines().map(|line| line.chars().count()).max();
        assert!(widest <= width.parse().ok(), "{stdout}");
        assert!(stdout.contains('@') && stdout.contains('■') && !stdout.contains('\x1b'));
    }
}

#[test]
fn without_a_picture_there_are_kernels_alone() {
    let run = show(&[]).assert().success();
    run.stdout(
        contains("kernels")
            .and(contains("maps").not())
            .and(contains("Read as").not()),
    );
}

/// The maps are those that libtorch computed, of the picture as `predict` reads it and alone as
/// here: in a batch the last bits may be others.
#[test]
fn json_tells_what_the_layers_gave() {
    let picture = picture();
    let mut command = show(&[&picture]);
    command.arg("--json");
    let report = json_object(command, 0);
    let mut predict = lenet5(&["predict", text(trained_weights()), &picture]);
    predict.args(["--batch-size", "1", "--json"]);
    let answer = json_object(predict, 0);
    assert_eq!(report["probabilities"][0], answer["probability"]);
    let maps = report["maps"].as_array().unwrap();
    let names: Vec<_> = maps
        .iter()
        .map(|map| map["name"].as_str().unwrap())
        .collect();
    assert_eq!(
        names,
        ["conv1", "pool1", "conv2", "pool2", "conv3", "fc1", "fc2"]
    );
    let highest = answer["logits"].as_array().unwrap().iter();
    let highest = highest
        .filter_map(|logit| logit.as_f64())
        .fold(f64::MIN, f64::max);
    assert_eq!(maps[6]["highest"].as_f64(), Some(highest));
}

#[test]
fn of_several_digits_the_first_is_shown_and_that_is_said() {
    let picture = repository("tests/pictures/several/007-frame.png");
    let run = show(&[text(&picture)]).assert().success();
    run.stdout(contains("Read as 0 "))
        .stderr(contains("007-frame.png: the first of 3 digits is shown"));
}

#[test]
fn every_variant_can_be_drawn_into_a_picture() {
    let folder = TempDir::new().unwrap();
    for variant in VARIANTS {
        let path = folder.path().join(format!("{}.safetensors", variant.name));
        let network = (variant.build)(10, &mut Generator::manual_seed(0)).unwrap();
        let metadata = [("variant".to_owned(), variant.name.to_owned())];
        weights::save(&path, network.state_dict().iter(), &metadata.into()).unwrap();
        let out = path.with_extension("png");
        let mut command = lenet5(&["show", text(&path), &picture(), "--out", text(&out)]);
        command.assert().success().stderr(contains("Saved: "));
        let image = image::open(&out).unwrap();
        assert!(
            image.width() > 800 && image.height() > 1000,
            "{}",
            variant.name
        );
        let before = fs::read(&out).unwrap();
        command.assert().code(1).stderr(contains("--force"));
        command.arg("--force").assert().success();
        assert!(fs::read(&out).unwrap() == before, "{}", variant.name);
    }
}

#[test]
fn what_is_no_picture_or_no_network_is_named() {
    let refused = show(&["Cargo.toml"]).assert().code(1).stdout("");
    refused.stderr(contains("error: Cargo.toml: is not a PNG"));
    let refused = lenet5(&["show", "absent.safetensors"]).assert().code(1);
    refused
        .stdout("")
        .stderr(contains("error: absent.safetensors: "));
}
