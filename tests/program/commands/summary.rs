//! `lenet5 summary`: the table of layers.

use crate::common::{json_object, lenet5, text, trained_weights};
use assert_cmd::Command;
use lenet5::variant::VARIANTS;
use predicates::prelude::*;
use predicates::str::starts_with;
use serde_json::{Value, json};

fn summary(arguments: &[&str]) -> Command {
    let mut command = lenet5(&["summary"]);
    command.args(arguments);
    command
}

fn json(arguments: &[&str]) -> Value {
    let mut command = summary(arguments);
    command.arg("--json");
    json_object(command, 0)
}

#[test]
fn classic_has_the_layers_sizes_and_counts_of_the_tutorial() {
    let found = json(&["--variant", "classic"]);
    let columns = [
        "layer",
        "name",
        "input",
        "output",
        "parameters",
        "multiply_adds",
    ];
    let rows = found["layers"].as_array().expect("a list").iter();
    let rows = rows.map(|row| columns.map(|column| row[column].clone()));
    let expected = [
        json!(["input", null, [32, 32, 1], [32, 32, 1], 0, 0]),
        json!([
            "C1",
            "conv1",
            [32, 32, 1],
            [28, 28, 6],
            156,
            28 * 28 * 6 * 25
        ]),
        json!(["S2", "pool1", [28, 28, 6], [14, 14, 6], 0, 0]),
        json!([
            "C3",
            "conv2",
            [14, 14, 6],
            [10, 10, 16],
            2416,
            10 * 10 * 16 * 6 * 25
        ]),
        json!(["S4", "pool2", [10, 10, 16], [5, 5, 16], 0, 0]),
        json!(["C5", "conv3", [5, 5, 16], [1, 1, 120], 48120, 120 * 16 * 25]),
        json!(["F6", "fc1", [120], [84], 10164, 120 * 84]),
        json!(["output", "fc2", [84], [10], 850, 84 * 10]),
    ];
    assert_eq!(rows.map(|row| json!(row)).collect::<Vec<_>>(), expected);
    assert_eq!(
        (&found["parameters"], &found["multiply_adds"]),
        (&json!(61706), &json!(416_520))
    );
}

#[test]
fn paper_and_modern_have_their_own_layers_and_counts() {
    let paper = json(&["--variant", "paper"]);
    let counts = paper["layers"].as_array().expect("a list").iter();
    let counts: Vec<_> = counts.map(|row| row["parameters"].as_i64()).collect();
    let expected = [0, 156, 12, 1516, 32, 48120, 10164, 850];
    assert_eq!(counts, expected.map(Some));
    // C3 has 60 kernels of 5×5, each used at 10×10 places.
    assert_eq!(paper["layers"][3]["multiply_adds"], 60 * 25 * 100);
    assert_eq!(json(&["--variant", "paper-rbf"])["parameters"], 60_000);

    let modern = json(&["--variant", "modern"]);
    assert_eq!(modern["parameters"], 61_706 + 2 * (6 + 16 + 120));
    assert_eq!(modern["layers"][2]["name"], "bn1");
}

/// Each layer's formula ends with the side that libtorch gave its output.
#[test]
fn the_output_size_worked_out_is_the_one_computed_in_every_variant() {
    for variant in VARIANTS {
        let found = json(&["--variant", variant.name]);
        let mut windows = 0;
        for row in found["layers"].as_array().expect("a list") {
            if let Some(formula) = row["output_size"].as_str() {
                windows += 1;
                let side = &row["output"][0];
                assert!(formula.ends_with(&format!(" = {side}")), "{row}");
                assert!(
                    formula.starts_with(&format!("({} - ", row["input"][0])),
                    "{row}"
                );
            }
        }
        assert_eq!(windows, 5, "{}", variant.name);
    }
}

#[test]
fn text_shows_the_table_and_the_totals() {
    let row = r"C1 +conv1 +32×32×1 +6 kernels 5×5, stride 1, tanh +28×28×6 +\(32 - 5 \+ 2·0\) / 1 \+ 1 = 28 +156 +117,600";
    let row = predicate::str::is_match(row).expect("a pattern");
    let total = predicate::str::is_match(r"total +61,706 +416,520").expect("a pattern");
    summary(&["--variant", "classic"])
        .assert()
        .success()
        .stdout(row.and(total));
}

/// At each width, lines fit, the sum is there, and what is missing is named.
#[test]
fn the_table_fits_the_terminal_and_says_what_it_leaves_out() {
    for variant in VARIANTS {
        for (width, left_out) in [
            (40, true),
            (60, true),
            (80, true),
            (110, true),
            (200, false),
        ] {
            let mut command = summary(&["--variant", variant.name]);
            let run = command.env("COLUMNS", width.to_string()).assert();
            let output = run.success().get_output().stdout.clone();
            let text = String::from_utf8(output).expect("text");
            let widest = text.lines().map(|line| line.chars().count()).max();
            assert!(widest <= Some(width), "{width}:\n{text}");
            assert!(text.contains("48,120"), "{width}:\n{text}");
            assert_eq!(text.contains("Left out at"), left_out, "{width}:\n{text}");
        }
    }
}

#[test]
fn of_weights_their_own_network_is_shown() {
    let found = json(&["--weights", text(trained_weights())]);
    assert_eq!(
        (&found["variant"], &found["classes"]),
        (&json!("classic"), &json!(10))
    );
    summary(&["--weights", "absent.safetensors"])
        .assert()
        .code(1)
        .stdout("")
        .stderr(starts_with("error: absent.safetensors: "));
}
