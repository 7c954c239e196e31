//! The ports of `examples` and their twins in Python.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use torch_twin::diff::{Options, Report, Side};

use super::{example, run, run_python};

pub fn examples() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("examples")
}

/// Runs a port, and writes its trace.
pub fn record_ours(port: &str, trace: &Path, threads: u32, steps: u64) {
    let arguments = [threads.to_string(), steps.to_string()];
    run(Command::new(example(port)).arg(trace).args(arguments));
}

/// Runs a port's twin, in the folder `twins`, and writes its trace; gives what it printed.
pub fn record_theirs(twins: &Path, port: &str, trace: &Path, threads: u32, steps: u64) -> String {
    let script = twins.join(format!("{port}.py"));
    let (threads, steps) = (threads.to_string(), steps.to_string());
    run_python(
        &script,
        [trace.as_os_str(), threads.as_ref(), steps.as_ref()],
    )
}

/// Copies a port's twin into `folder`, where each of `changes` has put another text in the place of one.
pub fn copy_twin(port: &str, folder: &Path, changes: &[(&str, &str)]) {
    let file = "arguments.py";
    fs::copy(examples().join(file), folder.join(file)).unwrap();
    let file = format!("{port}.py");
    let mut script = fs::read_to_string(examples().join(&file)).unwrap();
    let here = format!("Path({:?})", examples());
    script = script.replace("Path(__file__).parent", &here);
    for (old, new) in changes {
        assert!(script.contains(old), "{port}.py has no {old:?}");
        script = script.replace(old, new);
    }
    fs::write(folder.join(file), script).unwrap();
}

/// Their trace is A, ours B.
pub fn compare(theirs: &Path, ours: &Path) -> Report {
    let (a, b) = (Side::open(theirs).unwrap(), Side::open(ours).unwrap());
    Report::new(&a, &b, Options::default()).unwrap()
}
