//! Pythons that have imported torch before a script is to run: `warm_python.py`.

use std::ffi::OsStr;
use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::Mutex;

use super::python;

/// Those that have nothing to do; there are as many in all as tests run at once.
static IDLE: Mutex<Vec<WarmPython>> = Mutex::new(Vec::new());

struct WarmPython {
    requests: ChildStdin,
    answers: BufReader<ChildStdout>,
    _process: Child,
}

/// Runs a script to its end, and gives what it printed; fails with what it complained of.
pub fn run_script<S: AsRef<OsStr>>(
    script: &Path,
    arguments: impl IntoIterator<Item = S>,
) -> String {
    let idle = IDLE.lock().unwrap().pop();
    let mut warm = idle.unwrap_or_else(WarmPython::start);
    let folder = tempfile::tempdir().unwrap();
    let [output, errors] = ["output", "errors"].map(|name| folder.path().join(name));
    let mut request = vec![text(&output), text(&errors), text(script)];
    request.extend(arguments.into_iter().map(text));
    let status = warm.answer(&serde_json::to_string(&request).unwrap());
    // One that did not answer is dead, and not to be asked again.
    assert!(
        status.parse::<i32>().is_ok(),
        "{}: {status:?}",
        script.display()
    );
    IDLE.lock().unwrap().push(warm);
    let [output, errors] = [output, errors].map(|file| fs::read_to_string(file).unwrap());
    assert_eq!(status, "0", "{}:\n{errors}", script.display());
    output
}

fn text(value: impl AsRef<OsStr>) -> String {
    value.as_ref().to_str().unwrap().to_owned()
}

impl WarmPython {
    fn start() -> Self {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/common/warm_python.py");
        let mut process = Command::new(python())
            .arg("-B")
            .arg(script)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        Self {
            requests: process.stdin.take().unwrap(),
            answers: BufReader::new(process.stdout.take().unwrap()),
            _process: process,
        }
    }

    fn answer(&mut self, request: &str) -> String {
        writeln!(self.requests, "{request}").unwrap();
        let mut answer = String::new();
        self.answers.read_line(&mut answer).unwrap();
        answer.trim().to_owned()
    }
}
