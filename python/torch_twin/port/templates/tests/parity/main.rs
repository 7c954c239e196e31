//! Takes the same steps in Python and in Rust, and compares every stage bit by bit.
#![forbid(unsafe_code)]

mod run;
mod verdict;

use std::env;
use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use run::Run;

/// Two seeds that the network was not ported with, on 1 and on 2 threads.
const RUNS: [Run; 4] = [
    Run::new(20_011, 1),
    Run::new(20_011, 2),
    Run::new(20_012, 1),
    Run::new(20_012, 2),
];

const STEPS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/parity/steps.py");

fn main() -> ExitCode {
    match compare() {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

/// Whether all runs are equal.
fn compare() -> Result<bool, Box<dyn Error>> {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(env!("CARGO_PKG_NAME"));
    fs::create_dir_all(&folder)?;
    record_in_python(&folder)?;
    let mut stages = 0;
    for run in RUNS {
        run.record(&folder)?;
        match verdict::equal_stages(&run.trace(&folder, "python"), &run.trace(&folder, "rust"))? {
            Some(count) => stages += count,
            None => {
                println!("in the run with {run}");
                return Ok(false);
            }
        }
    }
    println!("no difference: {stages} stages are equal, bit by bit");
    Ok(true)
}

fn record_in_python(folder: &Path) -> Result<(), Box<dyn Error>> {
    let python = python();
    let shown = python.display();
    let status = Command::new(&python)
        .arg(STEPS)
        .arg(folder)
        .args(RUNS.map(|run| run.argument()))
        .status()
        .map_err(|error| format!("{shown}: {error}: name a Python with torch in TORCH_TWIN_PYTHON"))?;
    match status.success() {
        true => Ok(()),
        false => Err(format!("{shown} {STEPS} failed").into()),
    }
}

/// The Python that has torch and torch_twin.
fn python() -> PathBuf {
    match env::var_os("TORCH_TWIN_PYTHON") {
        Some(python) => python.into(),
        None => "python3".into(),
    }
}
