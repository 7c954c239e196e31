//! `torch-twin port`: runs the Python package torch_twin, which ports an nn.Module.

use std::env;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, ExitStatus};

use anyhow::{Context, bail};
use torch_twin_trace::printable;

use super::output::complain;

/// Port an nn.Module to a Rust crate that proves itself
///
/// It is done by the Python package torch_twin: `python -m torch_twin port`, whose options `torch-twin port --help` prints.
#[derive(clap::Args)]
#[command(
    disable_help_flag = true,
    override_usage = "torch-twin port NETWORK --out FOLDER [--python PYTHON] [OPTION]…",
    after_help = "\
The Python is that of --python, else that of $VIRTUAL_ENV, else python3.

Exit codes: 0 for success, 1 for what cannot be ported or written, 2 for wrong usage.

Example:
  torch-twin port net.py --out mynet"
)]
pub struct Args {
    /// What `python -m torch_twin port` is told, and `--python`
    #[arg(
        value_name = "ARGUMENT",
        trailing_var_arg = true,
        allow_hyphen_values = true,
        hide = true
    )]
    arguments: Vec<OsString>,
}

pub fn run(args: &Args) -> anyhow::Result<ExitCode> {
    let Some((python, arguments)) = without_python(&args.arguments) else {
        complain("error: --python: name a Python after it");
        return Ok(ExitCode::from(2));
    };
    let python = python.unwrap_or_else(default_python);
    let advice = || format!("{}: name another Python by --python", shown(&python));
    if !has_package(&python).with_context(advice)? {
        let shown = shown(&python);
        let package = package();
        bail!(
            "{shown} has no package torch_twin: install it by `{shown} -m pip install {package}`"
        );
    }
    let mut command = Command::new(&python);
    command.args(["-m", "torch_twin", "port"]).args(arguments);
    Ok(code(command.status().with_context(advice)?))
}

/// What the last `--python` names, and all other arguments; none where it names nothing.
fn without_python(arguments: &[OsString]) -> Option<(Option<PathBuf>, Vec<&OsString>)> {
    let (mut python, mut others) = (None, Vec::new());
    let mut words = arguments.iter();
    while let Some(word) = words.next() {
        let text = word.to_str().unwrap_or_default();
        if text == "--python" {
            python = Some(words.next()?.into());
        } else if let Some(named) = text.strip_prefix("--python=") {
            python = Some(named.into());
        } else {
            others.push(word);
        }
    }
    Some((python, others))
}

/// The active environment's Python, or the one that the shell finds.
fn default_python() -> PathBuf {
    match env::var_os("VIRTUAL_ENV").filter(|folder| !folder.is_empty()) {
        Some(folder) if cfg!(windows) => Path::new(&folder).join("Scripts/python.exe"),
        Some(folder) => Path::new(&folder).join("bin/python"),
        None => "python3".into(),
    }
}

/// Whether Python has the package and the porter in it. Nothing is imported, since torch takes seconds to load.
fn has_package(python: &Path) -> anyhow::Result<bool> {
    const FIND: &str = "
import importlib.util, os, sys
found = importlib.util.find_spec('torch_twin')
folders = found and found.submodule_search_locations or []
sys.exit(not any(os.path.isdir(os.path.join(folder, 'port')) for folder in folders))
";
    let status = Command::new(python).args(["-c", FIND]).status()?;
    Ok(status.success())
}

/// What pip installs: the package in the checkout that this program was built from, if it is still there.
fn package() -> String {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../python");
    match folder.canonicalize() {
        Ok(folder) if folder.join("pyproject.toml").is_file() => shown(&folder),
        _ => "torch-twin".to_owned(),
    }
}

fn code(status: ExitStatus) -> ExitCode {
    let code = status.code().and_then(|code| u8::try_from(code).ok());
    code.map_or(ExitCode::FAILURE, ExitCode::from)
}

fn shown(path: &Path) -> String {
    printable(&path.to_string_lossy())
}
