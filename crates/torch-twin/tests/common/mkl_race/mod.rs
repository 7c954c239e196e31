//! Forces the race of `docs/mkl-race.md` in programs that the tests start, on any processor that MKL knows.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use tempfile::TempDir;

/// What `forced_race.c` says when MKL detects the processor.
const DETECTION: &str = "MKL detects the processor in a team of ";

/// The folder of this file, in `workspace`.
pub fn folder(workspace: &Path) -> PathBuf {
    workspace.join("crates/torch-twin/tests/common/mkl_race")
}

/// Libraries that hold the window of the race open in programs that they are preloaded into.
pub struct ForcedRace {
    libraries: String,
    _folder: TempDir,
}

impl ForcedRace {
    /// Compiles the libraries, once a process. Where the PyTorch of `python` has no MKL, or one that detects the
    /// processor in another way, it says so, and there is no race to force.
    pub fn prepare(workspace: &Path, python: &Path) -> Option<&'static Self> {
        static RACE: OnceLock<Option<ForcedRace>> = OnceLock::new();
        RACE.get_or_init(|| Self::compile(workspace).where_there_is_one(workspace, python))
            .as_ref()
    }

    fn compile(workspace: &Path) -> Self {
        let here = folder(workspace);
        let folder = tempfile::tempdir().unwrap();
        let is_intel =
            fs::read_to_string("/proc/cpuinfo").is_ok_and(|text| text.contains("GenuineIntel"));
        let names = ["forced_race", "pretend_intel"];
        let names = if is_intel { &names[..1] } else { &names[..] };
        let libraries = names.iter().map(|name| {
            let library = folder.path().join(name).with_extension("so");
            let mut compiler = Command::new(env::var_os("CC").unwrap_or_else(|| "cc".into()));
            compiler.args(["-shared", "-fPIC", "-o"]).arg(&library);
            compiler
                .arg(here.join(name).with_extension("c"))
                .arg("-ldl");
            assert!(compiler.status().expect("a C compiler").success(), "{name}");
            library.display().to_string()
        });
        Self {
            libraries: libraries.collect::<Vec<_>>().join(":"),
            _folder: folder,
        }
    }

    fn where_there_is_one(self, workspace: &Path, python: &Path) -> Option<Self> {
        let mut script = Command::new(python);
        script
            .arg(folder(workspace).join("race.py"))
            .args(["--tries", "1"]);
        let output = self.force(&mut script).output().expect("Python starts");
        let complaint = String::from_utf8(output.stderr).unwrap();
        if !output.status.success() {
            let reasons = [
                "this PyTorch has no MKL",
                "MKL detects the processor in another way",
            ];
            assert!(
                reasons.iter().any(|reason| complaint.contains(reason)),
                "{complaint}"
            );
            eprintln!("the race is not tested: {complaint}");
            return None;
        }
        Some(self)
    }

    /// Has `command` run under the libraries.
    pub fn force<'a>(&self, command: &'a mut Command) -> &'a mut Command {
        command.env("LD_PRELOAD", &self.libraries)
    }
}

/// How many threads were computing together, each time that MKL detected the processor, by what a program under
/// the libraries wrote to standard error. The race can change bits where there are several.
pub fn teams(stderr: &str) -> Vec<u32> {
    let teams = stderr
        .lines()
        .filter_map(|line| line.strip_prefix(DETECTION));
    teams.map(|team| team.parse().unwrap()).collect()
}
