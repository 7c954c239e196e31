use std::fs;
use std::path::{Path, PathBuf};
use std::process::{self, Child, Output, Stdio};
use std::sync::OnceLock;
use std::time::Duration;

use assert_cmd::Command;
use serde_json::Value;

use super::{once_a_run, reference, repository, run};

/// The binary, with nothing in the environment that names data.
pub fn lenet5(arguments: &[&str]) -> Command {
    let mut command = Command::cargo_bin("lenet5").expect("the binary is built");
    command.env_remove("LENET5_DATA").args(arguments);
    command
}

/// `lenet5 train` on the sample for one epoch of large batches, into `out`.
pub fn short_training(out: &Path) -> Command {
    let mut command = lenet5(&["train", "--data", "sample", "--epochs", "1"]);
    command.args(["--batch-size", "500", "--out"]).arg(out);
    command
}

/// The same command as a process that goes on while the test does.
pub fn spawn(command: &Command) -> Child {
    let mut process = process::Command::new(command.get_program());
    process.args(command.get_args());
    process.current_dir(command.get_current_dir().unwrap_or(Path::new(".")));
    for (name, value) in command.get_envs() {
        match value {
            Some(value) => process.env(name, value),
            None => process.env_remove(name),
        };
    }
    process
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped());
    process.spawn().expect("the program starts")
}

/// Longer than any refusal takes, and far shorter than for ever.
pub const LIMIT: Duration = Duration::from_secs(60);

/// Sends a process the signal of this name.
pub fn signal(process: &Child, name: &str) {
    let mut kill = process::Command::new("kill");
    let status = kill.args(["-s", name, &process.id().to_string()]).status();
    assert!(status.expect("kill runs").success());
}

/// The one JSON object on standard output of a run that must end with `code`.
pub fn json_object(mut command: Command, code: i32) -> Value {
    let run = command.assert().code(code);
    serde_json::from_slice(&run.get_output().stdout).expect("standard output is one JSON object")
}

/// The JSON objects on standard output, a line each, of a run that must end with `code`.
pub fn json_lines(mut command: Command, code: i32) -> Vec<Value> {
    let run = command.assert().code(code);
    let text = String::from_utf8(run.get_output().stdout.clone()).expect("text");
    let lines = text.lines();
    lines
        .map(|line| serde_json::from_str(line).expect("a line is one JSON object"))
        .collect()
}

/// The JSON object in a file.
pub fn json_file(path: &Path) -> Value {
    let text = fs::read_to_string(path).unwrap_or_else(|error| panic!("{path:?}: {error}"));
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{path:?}: {error}"))
}

/// What a process wrote to standard error.
pub fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// A path as an argument.
pub fn text(path: &Path) -> &str {
    path.to_str().expect("a plain path")
}

/// The weights of `classic` after three epochs on the sample, trained once a run.
pub fn trained_weights() -> &'static Path {
    static WEIGHTS: OnceLock<PathBuf> = OnceLock::new();
    let train = |folder: &Path| {
        let options = "train --data sample --epochs 3 --threads 1 --device cpu --force --out";
        let arguments = options.split(' ').chain([text(folder)]);
        run(Path::new(env!("CARGO_BIN_EXE_lenet5")), arguments);
    };
    WEIGHTS.get_or_init(|| once_a_run("trained", train).join("model.safetensors"))
}

/// A network of `variant` after two epochs on the sample, in a folder in `folder`.
pub fn train_variant(folder: &Path, variant: &str) -> PathBuf {
    let trained = folder.join(variant);
    let options = "train --data sample --epochs 2 --threads 1 --device cpu --variant";
    let options = options.split(' ').chain([variant, "--out", text(&trained)]);
    run(Path::new(env!("CARGO_BIN_EXE_lenet5")), options);
    trained
}

/// The weights of the best network of a variant that is in `docs/lenet5.html`.
pub fn best_weights(variant: &str) -> PathBuf {
    let folder = once_a_run("best", |folder| {
        let script = repository("tools/page_weights.py");
        let page = repository("docs/lenet5.html");
        run(&reference().python.path, [&script, &page, folder]);
    });
    folder.join(variant).with_extension("safetensors")
}
