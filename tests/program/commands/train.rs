//! `lenet5 train` as its users meet it.

use std::fs;
use std::path::Path;

use crate::common::{json_file, json_lines, lenet5, short_training, text, trained_weights};
use lenet5::variant::MAX_WEIGHTS_BYTES;
use predicates::prelude::*;
use predicates::str::{contains, is_match};
use serde_json::Value;
use tempfile::TempDir;
use torch_twin::weights;

fn trained() -> TempDir {
    let folder = TempDir::new().unwrap();
    short_training(folder.path()).assert().success();
    folder
}

#[test]
fn training_prints_the_tutorials_lines_and_nothing_else_on_standard_output() {
    let folder = TempDir::new().unwrap();
    let lines = r"\AEpoch 1, Loss: \d\.\d{4}\nTest Accuracy: \d+\.\d\d%\n\z";
    let run = short_training(folder.path()).assert().success();
    run.stdout(is_match(lines).unwrap());
}

#[test]
fn a_run_leaves_weights_metrics_and_settings() {
    let folder = trained();
    let metrics = json_file(&folder.path().join("metrics.jsonl"));
    for key in [
        "epoch",
        "last_loss",
        "mean_loss",
        "seconds",
        "images_per_second",
    ] {
        assert!(metrics[key].is_number(), "{key} in {metrics}");
    }
    let run = json_file(&folder.path().join("run.json"));
    assert_eq!(run["batch_size"], 500);
    assert_eq!(run["variant"], "classic");
    assert_eq!(run["weights_sha256"].as_str().unwrap().len(), 64);
    assert_eq!(run["recipe"], "own"); // batches of 500
    assert_eq!(run["command"][1], "train");
    assert_eq!(run["training_seconds"], metrics["seconds"]);
    assert!(run["cpu"]["cpu_capability"].is_string());
    // RFC 3339 in UTC sorts as it passes.
    let moments = [&run["started"], &metrics["finished"], &run["finished"]];
    let moments = moments.map(|moment| moment.as_str().expect("a time").to_owned());
    assert!(
        moments.is_sorted() && moments[0].ends_with('Z'),
        "{moments:?}"
    );
    let weights =
        weights::load(&folder.path().join("model.safetensors"), MAX_WEIGHTS_BYTES).unwrap();
    for key in ["variant", "seed", "epochs", "torch", "tch", "lenet5"] {
        assert!(weights.metadata.contains_key(key), "{key}");
    }
}

#[test]
fn two_equal_runs_write_equal_files() {
    let [first, second] = [trained(), trained()];
    let [first, second] =
        [&first, &second].map(|folder| fs::read(folder.path().join("model.safetensors")).unwrap());
    assert!(first == second);
}

#[test]
fn with_json_standard_output_holds_json_lines_alone() {
    let folder = TempDir::new().unwrap();
    let mut command = short_training(folder.path());
    command.arg("--json");
    let lines = json_lines(command, 0);
    assert_eq!(lines.len(), 2);
    assert_eq!(lines[0]["epoch"], 1);
    assert!(lines[1]["test_accuracy"].is_number());
}

#[test]
fn a_folder_that_holds_a_run_is_refused_unless_forced() {
    let folder = trained();
    let before = fs::read(folder.path().join("run.json")).unwrap();
    let refusal = short_training(folder.path()).assert().code(1);
    refusal.stderr(contains("holds a run already").and(contains("--force")));
    assert!(fs::read(folder.path().join("run.json")).unwrap() == before);
    short_training(folder.path())
        .arg("--force")
        .assert()
        .success();
    let metrics = fs::read_to_string(folder.path().join("metrics.jsonl")).unwrap();
    assert_eq!(metrics.lines().count(), 1);
}

#[test]
fn without_out_each_run_gets_a_folder_of_its_own() {
    let folder = TempDir::new().unwrap();
    for _ in 0..2 {
        let mut command = lenet5(&["train", "--data", "sample", "--epochs", "1"]);
        command.args(["--batch-size", "500"]);
        command.current_dir(folder.path()).assert().success();
    }
    for name in ["runs/classic", "runs/classic-2"] {
        assert!(
            folder.path().join(name).join("model.safetensors").exists(),
            "{name}"
        );
    }
}

#[test]
fn a_file_in_the_place_of_the_folder_is_a_clear_error() {
    let file = tempfile::NamedTempFile::new().unwrap();
    let run = short_training(file.path()).assert().code(1);
    run.stderr(is_match(r"\Aerror: [^\n]*: [^\n]*\n\z").unwrap());
}

#[test]
fn wrong_usage_exits_with_2() {
    for wrong in [
        ["--epochs", "0"],
        ["--epochs", "-1"],
        ["--batch-size", "0"],
        ["--batch-size", "99999999999"],
        ["--test-batch-size", "x"],
        ["--lr", "nan"],
        ["--lr", "-1"],
        ["--seed", "1.5"],
        ["--variant", "lenet6"],
        ["--classes", "1"],
        ["--device", "tpu"],
    ] {
        lenet5(&["train"]).args(wrong).assert().code(2);
    }
}

#[test]
fn the_papers_own_output_is_for_ten_classes_and_has_one_spelling() {
    for (options, message) in [
        (["--variant", "paper-rbf", "--classes", "9"], "10 classes"),
        (
            ["--variant", "paper", "--output", "rbf"],
            "unexpected argument '--output'",
        ),
        (
            ["--variant", "modern", "--output", "rbf"],
            "unexpected argument '--output'",
        ),
    ] {
        let mut command = lenet5(&["train", "--data", "sample"]);
        let refused = command.args(options).assert().code(2);
        refused.stderr(contains(message));
    }
}

/// What a run with one thread that starts from `weights` says of itself.
fn run_from(weights: &Path, out: &Path, options: &[&str]) -> Value {
    let mut command = short_training(out);
    command.args(["--threads", "1", "--init"]).arg(weights);
    command.args(options).assert().success();
    json_file(&out.join("run.json"))
}

#[test]
fn train_init_starts_from_the_weights_and_shuffles_by_the_seed() {
    let folder = TempDir::new().unwrap();
    let weights = trained_weights();
    let first = json_file(&weights.with_file_name("run.json"));
    let run = |name: &str, options: &[&str]| run_from(weights, &folder.path().join(name), options);
    let same_seed = run("a", &[]);
    assert_eq!(same_seed["init"]["weights_sha256"], first["weights_sha256"]);
    assert_ne!(same_seed["weights_sha256"], first["weights_sha256"]);
    let again = run("b", &[]);
    assert_eq!(again["weights_sha256"], same_seed["weights_sha256"]);
    let other_seed = run("c", &["--seed", "1"]);
    assert_ne!(other_seed["weights_sha256"], same_seed["weights_sha256"]);
}

#[test]
fn weights_that_do_not_fit_are_refused_before_an_earlier_run_is_overwritten() {
    let folder = trained();
    let weights = folder.path().join("model.safetensors");
    let before = fs::read(&weights).unwrap();
    let mut command = lenet5(&["train", "--data", "sample", "--classes", "12", "--force"]);
    command.args(["--out", text(folder.path()), "--init", text(&weights)]);
    let fault = contains("tells 10 classes apart, not 12; leave --classes out");
    command.assert().code(1).stderr(fault);
    assert!(fs::read(&weights).unwrap() == before);
}

const REPORT: [&str; 5] = [
    "curves.svg",
    "curves.png",
    "confusion.png",
    "mistakes.png",
    "report.html",
];

#[test]
fn a_run_leaves_pictures_and_a_page_that_asks_for_nothing_else() {
    let folder = TempDir::new().unwrap();
    let mut command = short_training(folder.path());
    command.args(["--validation", "100"]);
    command.assert().success().stderr(contains("report.html"));
    let read = |name: &str| fs::read(folder.path().join(name)).unwrap();
    for png in ["curves.png", "confusion.png", "mistakes.png"] {
        let image = image::load_from_memory(&read(png)).unwrap();
        assert!(image.width() >= 400 && image.height() >= 400, "{png}");
    }
    let svg = String::from_utf8(read("curves.svg")).unwrap();
    for words in ["Loss", "Accuracy", "training", "held out", "test", "epoch"] {
        assert!(svg.contains(&format!(">\n{words}")), "{words} in\n{svg}");
    }
    let page = String::from_utf8(read("report.html")).unwrap();
    let run = json_file(&folder.path().join("run.json"));
    let accuracy = format!("{:.2} %", run["test_accuracy"].as_f64().unwrap());
    let digest = run["weights_sha256"].as_str().unwrap();
    for words in [
        &accuracy,
        digest,
        &svg,
        "held-out accuracy",
        "test_batch_size",
    ] {
        assert!(page.contains(words), "{words}");
    }
    assert_eq!(page.matches("src=\"data:image/png;base64,").count(), 2);
    assert_eq!(page.matches("src=").count(), 2);
    assert!(!page.contains("href=") && !page.contains("{{"));
}

#[test]
fn without_pictures_a_run_ends_with_the_same_bits_and_leaves_none() {
    let with = trained();
    let folder = TempDir::new().unwrap();
    let mut command = short_training(folder.path());
    let run = command.arg("--no-pictures").assert().success();
    run.stderr(contains("report.html").not());
    let weights = |folder: &TempDir| fs::read(folder.path().join("model.safetensors")).unwrap();
    assert!(weights(&with) == weights(&folder));
    for name in REPORT {
        assert!(with.path().join(name).exists(), "{name}");
        assert!(!folder.path().join(name).exists(), "{name}");
    }
    // Those of the run that is overwritten would not be this one's.
    let mut again = short_training(with.path());
    again.args(["--force", "--no-pictures"]).assert().success();
    for name in REPORT {
        assert!(!with.path().join(name).exists(), "{name}");
    }
}

#[test]
fn a_picture_that_cannot_be_written_is_named_and_costs_nothing_else() {
    let folder = TempDir::new().unwrap();
    let mut command = short_training(folder.path());
    command.arg("--no-pictures").assert().success();
    for result in ["model.safetensors", "run.json"] {
        fs::remove_file(folder.path().join(result)).unwrap();
    }
    fs::create_dir(folder.path().join("confusion.png")).unwrap();
    let mut resume = lenet5(&["train", "--data", "sample", "--resume"]);
    let run = resume.arg(folder.path()).assert().code(1);
    run.stderr(
        contains("the weights are saved, and their pictures are not")
            .and(contains("confusion.png"))
            .and(contains("--resume")),
    );
    let weights = fs::read(folder.path().join("model.safetensors")).unwrap();
    assert!(json_file(&folder.path().join("run.json"))["test_accuracy"].is_number());
    fs::remove_dir(folder.path().join("confusion.png")).unwrap();
    resume.assert().success();
    for name in REPORT {
        assert!(folder.path().join(name).is_file(), "{name}");
    }
    assert!(fs::read(folder.path().join("model.safetensors")).unwrap() == weights);
}

#[test]
fn an_epochs_figures_are_told_to_people_and_kept_as_a_table() {
    let folder = TempDir::new().unwrap();
    let mut command = short_training(folder.path());
    let run = command.args(["--validation", "100"]).assert().success();
    let line = r"\n?  mean loss \d\.\d{4}, \d+\.\d\d% right, \d+\.\d\d% right of those held out, \d+\.\d s, [\d,]+ images a second\n";
    run.stderr(is_match(line).unwrap());
    let metrics = json_file(&folder.path().join("metrics.jsonl"));
    let table = fs::read_to_string(folder.path().join("metrics.csv")).unwrap();
    let (header, row) = table.trim_end().split_once('\n').unwrap();
    let cells: Vec<_> = header.split(',').zip(row.split(',')).collect();
    assert_eq!(cells.len(), metrics.as_object().unwrap().len());
    for (column, cell) in cells {
        assert_eq!(metrics[column].as_f64(), cell.parse().ok(), "{column}");
    }
}
