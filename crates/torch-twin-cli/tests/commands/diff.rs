//! `torch-twin diff` as a program: what it prints, and its exit codes.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use serde_json::{Value, json};
use tempfile::TempDir;
use torch_twin_trace::trace::{Kind, Settings, Writer};
use torch_twin_trace::{Array, weights};

fn torch_twin(arguments: &[&str], files: [&Path; 2]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_torch-twin"));
    command
        .arg("diff")
        .args(files)
        .args(arguments)
        .env_remove("COLUMNS");
    command
}

struct Printed {
    code: Option<i32>,
    stdout: String,
    stderr: String,
}

fn printed(command: &mut Command) -> Printed {
    let Output {
        status,
        stdout,
        stderr,
    } = command.output().unwrap();
    let [stdout, stderr] = [stdout, stderr].map(|bytes| String::from_utf8(bytes).unwrap());
    Printed {
        code: status.code(),
        stdout,
        stderr,
    }
}

/// A program on a processor of Intel's.
fn settings() -> Settings {
    Settings {
        cpu_vendor: "GenuineIntel".to_owned(),
        ..Settings::of_program("test 1.0")
    }
}

/// So many values, which rise by one each from `first` on.
fn array(shape: &[u64], first: f32) -> Array {
    let count = shape.iter().product::<u64>();
    let values: Vec<f32> = (0..count).map(|number| first + number as f32).collect();
    Array::from_f32(shape, &values).unwrap()
}

fn save_weights(path: &Path, weights: &[(&str, Array)]) {
    let weights = weights.iter().map(|(name, array)| (*name, array));
    weights::save(path, weights, &Default::default()).unwrap();
}

/// Two traces of one step, of which the second has another output of its second layer, by `difference`.
fn traces(difference: f32) -> (TempDir, [PathBuf; 2]) {
    let folder = tempfile::tempdir().unwrap();
    let paths = ["a.trace", "b.trace"].map(|name| folder.path().join(name));
    for (path, difference) in paths.iter().zip([0.0, difference]) {
        let mut writer = Writer::default();
        for layer in ["0", "2"] {
            writer.record(
                Kind::Weight,
                &format!("{layer}.weight"),
                array(&[3, 3], 0.0),
            );
            writer.record(Kind::Weight, &format!("{layer}.bias"), array(&[3], 0.0));
        }
        writer.step(1).unwrap();
        let values = |first| array(&[2, 3], first);
        writer.call("0", [values(1.0)], [values(2.0)]);
        writer.call("1", [values(2.0)], [values(3.0)]);
        writer.call("2", [values(3.0)], [values(4.0 + difference)]);
        writer.call("", [values(1.0)], [values(4.0 + difference)]);
        writer.record(Kind::Loss, "loss", array(&[], 5.0 + difference));
        writer.save(path, &settings()).unwrap();
    }
    (folder, paths)
}

#[test]
fn equal_traces_are_exit_code_zero_and_one_line_a_step() {
    let (_folder, [a, b]) = traces(0.0);
    let Printed {
        code,
        stdout,
        stderr,
    } = printed(&mut torch_twin(&[], [&a, &b]));
    assert_eq!((code, stderr.as_str()), (Some(0), ""));
    assert!(stdout.contains(" 1      all stages (9 stages)"), "{stdout}");
    assert!(
        stdout.ends_with("no difference: 13 stages are equal, bit by bit\n"),
        "{stdout}"
    );
    assert!(!stdout.contains('\u{1b}'), "colours only on a terminal");
}

#[test]
fn differing_traces_are_exit_code_one_and_end_with_the_verdict() {
    let (_folder, [a, b]) = traces(1.0);
    let Printed {
        code,
        stdout,
        stderr,
    } = printed(&mut torch_twin(&[], [&a, &b]));
    assert_eq!((code, stderr.as_str()), (Some(1), ""));
    let (_, verdict) = stdout.split_once("first difference: ").unwrap();
    let lines: Vec<_> = verdict.lines().collect();
    assert_eq!(lines[0], "`2`, forward, step 1");
    assert!(
        lines[1].starts_with("  its inputs are equal, its output is not: 6 of 6 values differ")
    );
    assert_eq!(lines.len(), 2);
    let table = printed(torch_twin(&["--all"], [&a, &b]).env("COLUMNS", "80")).stdout;
    let (_, table) = table.split_once("─\n").unwrap();
    let (table, _) = table.rsplit_once("\nfirst difference").unwrap();
    assert!(
        table.lines().all(|line| line.chars().count() <= 80),
        "{table}"
    );
    for stage in ["input 0", "output 2", "input of the network", "loss"] {
        assert!(table.contains(stage), "{stage}: {table}");
    }
}

/// MKL has other code for the processors of another vendor.
#[test]
fn a_verdict_between_two_vendors_begins_with_them() {
    let (_folder, [a, b]) = traces(1.0);
    let trace = fs::read(&b).unwrap();
    let text = String::from_utf8_lossy(&trace);
    let place = text.find("GenuineIntel").unwrap();
    let mut trace = trace;
    trace[place..place + 12].copy_from_slice(b"CentaurHauls");
    fs::write(&b, trace).unwrap();
    let Printed { code, stdout, .. } = printed(&mut torch_twin(&[], [&a, &b]));
    assert_eq!(code, Some(1));
    let settings = "Settings that differ, and may be the reason: cpu_vendor\n";
    let verdict =
        "recorded on processors of different vendors; first difference: `2`, forward, step 1\n";
    assert!(stdout.contains(&format!("{settings}{verdict}")), "{stdout}");
    let json = printed(&mut torch_twin(&["--json"], [&a, &b])).stdout;
    let document: Value = serde_json::from_str(&json).unwrap();
    assert_eq!(document["line"], verdict.trim_end());
}

#[test]
fn a_tolerance_is_shown_in_the_verdict() {
    let (_folder, [a, b]) = traces(0.001);
    let within = printed(&mut torch_twin(&["--atol", "0.01"], [&a, &b]));
    assert_eq!(within.code, Some(0));
    let line =
        "no difference: 13 stages are equal within rtol 0e0 and atol 1e-2, 10 of them bit by bit\n";
    assert!(within.stdout.ends_with(line), "{}", within.stdout);
    let beyond = printed(&mut torch_twin(
        &["--rtol", "1e-9", "--atol", "1e-4"],
        [&a, &b],
    ));
    assert_eq!(beyond.code, Some(1));
    assert!(beyond.stdout.contains(
        "Compared within rtol 1e-9 and atol 1e-4\nfirst difference: `2`, forward, step 1"
    ));
}

/// Holds a document to `docs/diff.schema.json` by a validator that is not ours.
fn assert_valid(document: &str) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("document.json");
    fs::write(&file, document).unwrap();
    let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let schema = workspace.join("crates/torch-twin-trace/docs/diff.schema.json");
    let program = "import json, sys, jsonschema\n\
                   schema, document = [json.load(open(path)) for path in sys.argv[1:]]\n\
                   jsonschema.Draft202012Validator.check_schema(schema)\n\
                   jsonschema.validate(document, schema, jsonschema.Draft202012Validator)\n";
    let mut python = Command::new(workspace.join(".venv/bin/python"));
    let validated = printed(python.args(["-c", program]).arg(schema).arg(file));
    assert_eq!(validated.code, Some(0), "{}", validated.stderr);
}

#[test]
fn every_json_document_is_as_the_schema_says() {
    let (folder, [a, b]) = traces(0.0);
    let json = |files: [&Path; 2], options: &[&str]| {
        let arguments = [&["--json"], options].concat();
        printed(&mut torch_twin(&arguments, files)).stdout
    };
    assert_valid(&json([&a, &b], &[]));
    assert_valid(&json([&a, &b], &["--atol", "0.1", "--step", "1"]));
    let mut writer = Writer::default();
    writer.digest_above(1);
    writer.step(1).unwrap();
    let infinite = Array::from_f32(&[2], &[f32::NAN, f32::INFINITY]).unwrap();
    writer.record(Kind::Loss, "loss", infinite.clone());
    writer.save(&b, &settings()).unwrap();
    assert_valid(&json([&a, &b], &[]));
    let weights = folder.path().join("weights.safetensors");
    save_weights(&weights, &[("0.weight", infinite)]);
    assert_valid(&json([&a, &weights], &[]));
    assert_valid(&json([&weights, &weights], &[]));
}

#[test]
fn json_is_one_document_with_everything() {
    let (_folder, [a, b]) = traces(1.0);
    let Printed { code, stdout, .. } = printed(&mut torch_twin(&["--json"], [&a, &b]));
    assert_eq!(code, Some(1));
    assert_valid(&stdout);
    let document: Value = serde_json::from_str(&stdout).unwrap();
    assert_eq!(document["format"], "torch-twin diff");
    assert_eq!(document["line"], "first difference: `2`, forward, step 1");
    assert_eq!(document["verdict"]["cause"], "forward");
    assert_eq!(document["verdict"]["name"], "2");
    assert_eq!(document["a"]["settings"]["device"], "cpu");
    let stages = document["stages"].as_array().unwrap();
    assert_eq!(stages.len(), 13);
    let output = stages
        .iter()
        .find(|stage| stage["name"] == "2" && stage["kind"] == "output")
        .unwrap();
    assert_eq!(output["a"], json!({"dtype": "F32", "shape": [2, 3]}));
    assert_eq!(output["values"]["differing"], 6);
    assert_eq!(output["values"]["first"]["index"], json!([0, 0]));
    let bins = output["values"]["histogram"].as_array().unwrap();
    assert_eq!(
        bins.iter().map(|bin| bin[1].as_u64().unwrap()).sum::<u64>(),
        6
    );
}

#[test]
fn what_cannot_be_read_is_an_error_that_says_where_and_what() {
    let (folder, [a, b]) = traces(0.0);
    let whole = fs::read(&b).unwrap();
    fs::write(&b, &whole[..whole.len() - 5]).unwrap();
    let Printed {
        code,
        stdout,
        stderr,
    } = printed(&mut torch_twin(&[], [&a, &b]));
    assert_eq!((code, stdout.as_str()), (Some(1), ""));
    let (found, expected) = (whole.len() - 5, whole.len());
    let error = format!(
        "error: {}: cut off: {found} bytes, where its header tells of {expected}; copy or record it anew\n",
        b.display()
    );
    assert_eq!(stderr, error);

    let text = folder.path().join("x\n\u{1b}[31m.txt");
    fs::write(&text, "some text").unwrap();
    let stderr = printed(&mut torch_twin(&[], [&a, &text])).stderr;
    assert!(
        stderr.contains(r"x\n\u{1b}[31m.txt: neither a trace of torch-twin nor weights: "),
        "{stderr}"
    );
    let missing = folder.path().join("missing");
    let stderr = printed(&mut torch_twin(&[], [&a, &missing])).stderr;
    assert!(
        stderr.contains("missing: cannot be read: No such file"),
        "{stderr}"
    );
    let stderr = printed(&mut torch_twin(&["--step", "7"], [&a, &a])).stderr;
    assert!(
        stderr.ends_with("step 7 is not recorded in both; steps that are: 0, 1\n"),
        "{stderr}"
    );
}

#[test]
fn wrong_usage_is_exit_code_two() {
    let path = Path::new("x");
    for wrong in [
        &["--rtol", "-1"][..],
        &["--atol", "nan"],
        &["--step", "x"],
        &["--json", "--all"],
        &["--force"],
        &["third"],
    ] {
        assert_eq!(
            printed(&mut torch_twin(wrong, [path, path])).code,
            Some(2),
            "{wrong:?}"
        );
    }
}

#[test]
fn a_reader_that_goes_away_is_no_error_and_changes_no_exit_code() {
    for (difference, code) in [(0.0, 0), (1.0, 1)] {
        let (_folder, [a, b]) = traces(difference);
        let mut child = torch_twin(&["--all"], [&a, &b])
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        drop(child.stdout.take());
        let output = child.wait_with_output().unwrap();
        assert_eq!(
            (output.status.code(), output.stderr),
            (Some(code), Vec::new())
        );
    }
}

#[test]
fn other_names_are_said_and_nothing_to_compare_is_an_error() {
    let folder = tempfile::tempdir().unwrap();
    let [a, b, empty] = ["a", "b", "empty"].map(|name| folder.path().join(name));
    let (weight, bias) = (array(&[2], 1.0), array(&[1], 1.0));
    for (path, names) in [
        (&a, ["c1.bias", "c1.weight"]),
        (&b, ["f.0.bias", "f.0.weight"]),
    ] {
        save_weights(
            path,
            &[(names[0], bias.clone()), (names[1], weight.clone())],
        );
    }
    let Printed { code, stdout, .. } = printed(&mut torch_twin(&[], [&a, &b]));
    assert_eq!(code, Some(0));
    let said = "2 stages have other names in B: c1.bias in A is f.0.bias, and so on";
    assert!(stdout.contains(said), "{stdout}");

    save_weights(&empty, &[]);
    let nothing = printed(&mut torch_twin(&[], [&empty, &empty]));
    assert_eq!((nothing.code, nothing.stdout.as_str()), (Some(1), ""));
    assert!(
        nothing.stderr.contains("nothing can be compared"),
        "{}",
        nothing.stderr
    );
}

#[test]
fn names_from_files_cannot_command_a_terminal_nor_end_an_element_of_the_page() {
    let folder = tempfile::tempdir().unwrap();
    let [a, b] = ["a", "b"].map(|name| folder.path().join(name));
    let name = "x\u{1b}[31m\nfirst difference: nobody</script><b>";
    for (path, value) in [(&a, 1.0_f32), (&b, 2.0)] {
        save_weights(path, &[(name, array(&[1], value))]);
    }
    let page = folder.path().join("page.html");
    let html = page.to_str().unwrap();
    let Printed { stdout, .. } = printed(&mut torch_twin(&["--all", "--html", html], [&a, &b]));
    assert!(!stdout.contains('\u{1b}'), "{stdout}");
    assert_eq!(
        stdout
            .lines()
            .filter(|line| line.starts_with("first difference"))
            .count(),
        1
    );
    let page = fs::read_to_string(&page).unwrap();
    assert!(!page.contains("nobody</script>"));
    assert_eq!(page.matches("</script>").count(), 2);
}

#[test]
fn a_page_asks_for_nothing_and_takes_no_sides_place() {
    let (folder, [a, b]) = traces(1.0);
    let page = folder.path().join("page.html");
    let command = &mut torch_twin(&["--html", page.to_str().unwrap()], [&a, &b]);
    assert_eq!(printed(command).code, Some(1));
    let html = fs::read_to_string(&page).unwrap();
    // An SVG's elements are made with the name of their kind, which is an address that nobody asks.
    let html = html.replace("http://www.w3.org/2000/svg", "");
    for asking in ["http:", "https:", "src=", "@import", "url(", "fetch("] {
        assert!(!html.contains(asking), "{asking}");
    }
    fs::write(&page, "mine").unwrap();
    let again = printed(&mut torch_twin(
        &["--html", page.to_str().unwrap()],
        [&a, &b],
    ));
    assert_eq!((again.code, again.stdout.as_str()), (Some(1), ""));
    let error = "is there already; name another file, or overwrite it with --force";
    assert!(again.stderr.contains(error), "{}", again.stderr);
    assert_eq!(fs::read_to_string(&page).unwrap(), "mine");
    let options = ["--force", "--html", page.to_str().unwrap()];
    printed(&mut torch_twin(&options, [&a, &b]));
    assert!(
        fs::read_to_string(&page)
            .unwrap()
            .starts_with("<!doctype html>")
    );
    let trace = fs::read(&a).unwrap();
    let onto_a_side = &mut torch_twin(&["--html", a.to_str().unwrap()], [&a, &b]);
    let error = "is one of the two sides; name another file for the page";
    assert!(printed(onto_a_side).stderr.contains(error));
    assert_eq!(fs::read(&a).unwrap(), trace);
}

/// The page of a comparison, as Chromium draws it, in which no script complains.
fn drawn(folder: &Path, files: [&Path; 2]) -> String {
    let page = folder.join("page.html");
    let options = ["--force", "--html", page.to_str().unwrap()];
    printed(&mut torch_twin(&options, files));
    let chromium = std::env::var_os("LENET5_CHROMIUM").expect("LENET5_CHROMIUM names it");
    let mut browser = Command::new(chromium);
    // Without the sandbox root may start it; it opens no page but our own.
    browser.args(["--headless", "--no-sandbox", "--disable-gpu", "--dump-dom"]);
    browser.args(["--enable-logging=stderr"]);
    let Printed {
        code,
        stdout,
        stderr,
    } = printed(browser.arg(format!("file://{}", page.display())));
    assert_eq!(code, Some(0), "{stderr}");
    assert!(!stderr.contains("CONSOLE"), "{stderr}");
    stdout
}

/// A trace of 150,000 stages of one value each.
fn write_many(path: &Path, value: f32) {
    let (mut stages, mut header) = (Vec::new(), serde_json::Map::new());
    for number in 0..150_000 {
        let (step, module) = (1 + number / 1000, number % 1000 / 2);
        let (kind, name) = (["input", "output"][number % 2], format!("layer{module}"));
        let key = format!("step{step}/{kind}/{name}/1/0");
        let place =
            json!({"dtype": "F32", "shape": [], "data_offsets": [4 * number, 4 * number + 4]});
        header.insert(key, place);
        stages.push(json!({"step": step, "kind": kind, "name": name, "call": 1, "index": 0}));
    }
    let values = value.to_le_bytes().repeat(stages.len());
    let stages = Value::from(stages).to_string();
    let about = json!({"format": "torch-twin trace", "version": "1", "stages": stages});
    header.insert("__metadata__".to_owned(), about);
    let header = Value::from(header).to_string();
    let length = (header.len() as u64).to_le_bytes();
    fs::write(path, [&length, header.as_bytes(), &values].concat()).unwrap();
}

#[test]
#[ignore = "needs Chromium: make page-test"]
fn a_page_in_chromium_draws_150000_stages_that_differ() {
    let folder = tempfile::tempdir().unwrap();
    let [a, b] = ["a.trace", "b.trace"].map(|name| folder.path().join(name));
    write_many(&a, 1.0);
    write_many(&b, 2.0);
    let page = drawn(folder.path(), [&a, &b]);
    let line = "first difference: the data, step 1: input 0 of `layer0`</h1>";
    assert!(page.contains(line));
    let modules = page.matches(r#"<details class="module"#).count();
    assert!(
        (500..1000).contains(&modules),
        "{modules} modules are drawn"
    );
}

#[test]
#[ignore = "needs Chromium: make page-test"]
fn a_page_in_chromium_opens_the_way_to_the_first_difference_and_takes_no_name_for_markup() {
    let (folder, [a, b]) = traces(1.0);
    let name = "<b>x</b>.weight";
    let [c, d] = ["c", "d"].map(|name| folder.path().join(name));
    for (path, value) in [(&c, 1.0_f32), (&d, 2.0)] {
        save_weights(path, &[(name, array(&[1], value))]);
    }
    let shown = |files| drawn(folder.path(), files);
    let differing = shown([&a, &b]);
    assert!(differing.contains(r#"<h1 id="line">first difference: `2`, forward, step 1</h1>"#));
    assert_eq!(
        differing
            .matches(r#"<details class="module first different" open="">"#)
            .count(),
        1
    );
    let equal = shown([&a, &a]);
    assert!(equal.contains("no difference: 13 stages are equal, bit by bit</h1>"));
    assert!(!equal.contains("first different"));
    let named = shown([&c, &d]);
    assert!(named.contains("first difference: `&lt;b&gt;x&lt;/b&gt;.weight`</h1>"));
    assert!(!named.contains("<b>"));
}
