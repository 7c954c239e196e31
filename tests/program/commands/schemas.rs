//! Each file of the program and each `--json` output is as the schema in `docs/schemas` says: no field
//! less, no field more.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use crate::common::{
    json_file, json_lines, lenet5, parity, reference, repository, run, sample_folder, text,
};
use serde_json::{Value, json};
use tempfile::TempDir;
use torch_twin::weights::{self, DEFAULT_MAX_BYTES};

/// Documents by the name of their schema.
#[derive(Default)]
struct Documents(BTreeMap<&'static str, Vec<Value>>);

impl Documents {
    fn add(&mut self, schema: &'static str, documents: impl IntoIterator<Item = Value>) {
        self.0.entry(schema).or_default().extend(documents);
    }

    /// The last line of what a command prints is a document of `last`, those before of `lines`.
    fn add_output(
        &mut self,
        lines: Option<&'static str>,
        last: &'static str,
        command: assert_cmd::Command,
        code: i32,
    ) {
        let mut documents = json_lines(command, code);
        let result = documents.pop().expect("a line at least");
        self.add(last, [result]);
        match lines {
            Some(schema) => {
                assert!(!documents.is_empty(), "no line of {schema}");
                self.add(schema, documents);
            }
            None => assert!(documents.is_empty(), "{last} has several lines"),
        }
    }

    /// Python's own validator, since nothing of ours should say that ours is right.
    fn assert_valid(&self, folder: &Path) {
        let file = folder.join("documents.json");
        fs::write(&file, json!(self.0).to_string()).expect("a file");
        let script = repository("tests/program/commands/schemas.py");
        let schemas = repository("docs/schemas");
        let arguments = ["-B", text(&script), text(&schemas), text(&file)];
        let checked = run(&reference().python.path, arguments);
        let schemas = fs::read_dir(schemas).expect("the schemas");
        let schemas = schemas.filter(|entry| {
            let name = entry.as_ref().expect("an entry").file_name();
            name.to_string_lossy().ends_with(".schema.json")
        });
        // All but common.schema.json and diff.schema.json, which others refer to.
        assert_eq!(checked.lines().count(), schemas.count() - 2, "{checked}");
    }
}

fn command(words: &str, paths: &[&Path]) -> assert_cmd::Command {
    let mut command = lenet5(&words.split(' ').collect::<Vec<_>>());
    command.args(paths).arg("--json");
    command
}

/// The header of the newest checkpoint in a run's folder.
fn header(run: &Path) -> Value {
    let entries = fs::read_dir(run).expect("a run");
    let names = entries.map(|entry| entry.expect("an entry").path());
    let checkpoint = names
        .filter(|path| text(path).contains("checkpoint-"))
        .max();
    let checkpoint = weights::load(&checkpoint.expect("a checkpoint"), DEFAULT_MAX_BYTES);
    let metadata = checkpoint.expect("a whole one").metadata;
    serde_json::from_str(&metadata["header"]).expect("JSON")
}

fn lines(path: &Path) -> Vec<Value> {
    let text = fs::read_to_string(path).expect("a file");
    let lines = text
        .lines()
        .map(|line| serde_json::from_str(line).expect("JSON"));
    lines.collect()
}

#[test]
fn whatever_the_program_writes_is_as_its_schema_says() {
    let folder = TempDir::new().expect("a folder");
    let path = |name: &str| folder.path().join(name);
    let mut documents = Documents::default();

    let short = "train --data sample --threads 1 --batch-size 500";
    let plain = path("plain");
    let train = command(&format!("{short} --epochs 2 --out"), &[&plain]);
    documents.add_output(Some("epoch"), "run", train, 0);
    let model = plain.join("model.safetensors");
    for (name, options) in [
        ("held-out", "--validation 500 --patience 5 --recipe best"),
        ("step", "--schedule step --step-size 1 --variant modern"),
        (
            "multistep",
            "--schedule multistep --milestones 1 --labels-from 0",
        ),
        ("exponential", "--schedule exponential --gamma 0.9"),
        ("linear", "--schedule linear --variant paper"),
        ("onecycle", "--schedule onecycle --optimizer sgd"),
        (
            "plateau",
            "--schedule plateau --validation 500 --variant paper-rbf",
        ),
    ] {
        let out = path(name);
        let train = command(&format!("{short} --epochs 1 {options} --out"), &[&out]);
        documents.add_output(Some("epoch"), "run", train, 0);
        documents.add("checkpoint-header", [header(&out)]);
    }
    let init = path("init");
    let train = format!("{short} --epochs 1 --checkpoint-every 9 --init");
    let train = command(&train, &[&model, "--out".as_ref(), &init]);
    documents.add_output(Some("epoch"), "run", train, 0);
    documents.add("checkpoint-header", [header(&plain), header(&init)]);
    documents.add("run", [json_file(&plain.join("run.json"))]);
    documents.add("epoch", lines(&plain.join("metrics.jsonl")));

    let compared = path("compared");
    let compare = "compare --data sample --variants classic,modern --seeds 2 --epochs 1 --out";
    documents.add_output(None, "compare", command(compare, &[&compared]), 0);
    documents.add("compare", [json_file(&compared.join("compare.json"))]);
    let of_seed = compared.join("seeds/classic-1");
    documents.add("run", [json_file(&of_seed.join("run.json"))]);
    documents.add("epoch", lines(&of_seed.join("metrics.jsonl")));
    documents.add("checkpoint-header", [header(&of_seed)]);

    let pen = repository("tests/pictures/0-pen.png");
    let classes = path("classes/7");
    fs::create_dir_all(&classes).expect("a folder");
    fs::copy(
        repository("tests/pictures/7-pen.png"),
        classes.join("seven.png"),
    )
    .expect("a copy");
    documents.add_output(None, "eval", command("eval --data sample", &[&model]), 0);
    documents.add_output(None, "predict", command("predict", &[&model, &pen]), 0);
    let classes = path("classes");
    let predict = command("predict", &[&model, &pen, &classes]);
    documents.add_output(Some("predict"), "predict", predict, 0);
    documents.add_output(None, "show", command("show", &[&model, &pen]), 0);
    let drawn = ["--out".as_ref(), path("kernels.png").as_path()].map(Path::to_owned);
    let show = command("show", &[&model, &drawn[0], &drawn[1]]);
    documents.add_output(None, "show", show, 0);
    documents.add_output(None, "summary", command("summary", &[]), 0);
    documents.add_output(
        None,
        "summary",
        command("summary --variant paper-rbf", &[]),
        0,
    );
    let (page, onnx) = (path("page.html"), path("model.onnx"));
    let out = Path::new("--out");
    documents.add_output(None, "page", command("page", &[&model, out, &page]), 0);
    documents.add_output(None, "convert", command("convert", &[&model, &onnx]), 0);
    let options = "--data sample --threads 1 --steps 1 --json --weights".split(' ');
    let parity = parity(&options.chain([text(&model)]).collect::<Vec<_>>());
    documents.add_output(None, "parity", parity, 0);
    let fingerprint = "fingerprint --variants classic --threads 1";
    documents.add_output(None, "fingerprint", command(fingerprint, &[]), 0);
    let fingerprints = json_file(&repository("docs/fingerprints.json"));
    documents.add("fingerprints", [fingerprints]);
    documents.add_output(None, "info", command("info --device cpu", &[]), 0);
    documents.add_output(None, "info", command("info", &[]), 0);

    documents.assert_valid(folder.path());
}

#[test]
fn the_references_checkpoints_have_the_same_header() {
    let folder = TempDir::new().expect("a folder");
    let out = folder.path().join("run");
    let script = reference().scripts.join("train.py");
    let options = "--epochs 1 --batch-size 1000 --threads 1 --validation 500 --patience 2";
    let arguments = options.split(' ').chain(["--out", text(&out)]);
    let data = sample_folder();
    let arguments = arguments.chain(["--data", text(&data)]);
    let script = ["-B", text(&script)];
    run(
        &reference().python.path,
        script.into_iter().chain(arguments),
    );
    let theirs = header(&out);
    let ours = folder.path().join("ours");
    let arguments = options.split(' ').chain(["--out", text(&ours)]);
    lenet5(&["train"])
        .args(arguments)
        .args(["--data", text(&data)])
        .assert()
        .success();
    let ours = header(&ours);
    let names = |header: &Value| -> Vec<String> {
        let fields = header.as_object().expect("an object");
        // 0 is left out in ours.
        let fields = fields.keys().filter(|name| *name != "labels_from");
        fields.cloned().collect()
    };
    assert_eq!(names(&theirs), names(&ours));
    assert_eq!(theirs["settings"], ours["settings"]);
    assert_eq!(theirs["environment"], ours["environment"]);
    assert_eq!(theirs["data_sha256"], ours["data_sha256"]);
}
