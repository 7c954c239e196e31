use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

use torch_twin::{libtorch, printable};

use super::ParityError;
use super::process::{Ended, Process};

/// How often a running Python is looked at.
const LOOK: Duration = Duration::from_millis(10);

/// More text than any Python that computes the reference writes.
const MAX_WRITTEN: u64 = 16 << 20;

/// The longest version of torch that is taken for one.
const MAX_VERSION: usize = 80;

/// A Python that has torch. It is run within limits, since any program may bear its name.
pub struct Python<'a> {
    /// The interpreter.
    pub path: PathBuf,
    /// How long it may take to import torch.
    pub import_limit: Duration,
    /// How long it may take to compute.
    pub limit: Duration,
    /// Asked again and again while it runs: whether to end it and all that it started.
    pub is_interrupted: &'a dyn Fn() -> bool,
}

impl Python<'static> {
    /// A Python that has 2 minutes to import torch, and an hour to compute.
    pub fn new(path: PathBuf) -> Self {
        Self {
            path,
            import_limit: Duration::from_secs(120),
            limit: Duration::from_secs(3600),
            is_interrupted: &|| false,
        }
    }

    /// The Python that `make` sets up in `.venv` of a folder above the program; else the one around the
    /// libtorch in use, or in `.venv` of the working directory.
    pub fn find() -> Option<PathBuf> {
        let libtorch = libtorch::directory();
        let around = libtorch.ancestors().map(Path::to_owned);
        let around = around.filter(|folder| folder.join("pyvenv.cfg").is_file());
        let here = std::env::current_dir().ok();
        let program = std::env::current_exe().ok();
        let above_program = program.iter().flat_map(|program| program.ancestors());
        let venv = |folder: &Path| folder.join(".venv");
        let mut pythons = above_program
            .map(venv)
            .chain(around)
            .chain(here.as_deref().map(venv))
            .map(|venv| venv.join("bin").join("python"));
        pythons.find(|python| python.is_file())
    }
}

impl Python<'_> {
    /// The version of the torch that it has.
    ///
    /// # Errors
    /// A Python that cannot be started, has no torch, or goes beyond its limits.
    pub fn torch_version(&self) -> Result<String, ParityError> {
        let mut command = self.command();
        command.args(["-c", "import torch; print(torch.__version__)"]);
        let answer = self.run_within(self.import_limit, "import torch", command)?;
        let version = answer.lines().last().unwrap_or_default().trim();
        let is_version = version.starts_with(|first: char| first.is_ascii_digit())
            && version.len() <= MAX_VERSION
            && version.chars().all(|c| c.is_ascii_graphic());
        if !is_version {
            return Err(ParityError::NotTorch {
                python: self.path.clone(),
                answer: printable(version),
            });
        }
        Ok(version.to_owned())
    }

    /// A call of the interpreter, for [`Python::run`].
    pub(super) fn command(&self) -> Command {
        Command::new(&self.path)
    }

    /// Runs it to its end.
    pub(super) fn run(&self, command: Command) -> Result<(), ParityError> {
        self.run_within(self.limit, "compute the reference", command)?;
        Ok(())
    }

    /// Runs it to its end, for `limit` at most, and gives the end of what it printed.
    fn run_within(
        &self,
        limit: Duration,
        task: &'static str,
        command: Command,
    ) -> Result<String, ParityError> {
        let mut process = Process::start(command).map_err(|error| self.failed(error))?;
        let watched = self.watch(&mut process, limit, task);
        let ended = process.end().map_err(|error| self.failed(error))?;
        watched?;
        self.judge(ended)
    }

    /// Returns when the process has ended, or is to be ended.
    fn watch(
        &self,
        process: &mut Process,
        limit: Duration,
        task: &'static str,
    ) -> Result<(), ParityError> {
        let start = Instant::now();
        loop {
            if (self.is_interrupted)() {
                return Err(ParityError::Interrupted);
            }
            if process.written() > MAX_WRITTEN {
                return Err(ParityError::EndlessOutput {
                    python: self.path.clone(),
                    limit: MAX_WRITTEN,
                });
            }
            if process.has_ended().map_err(|error| self.failed(error))? {
                return Ok(());
            }
            if start.elapsed() >= limit {
                return Err(ParityError::TimeLimit {
                    python: self.path.clone(),
                    task,
                    seconds: limit.as_secs(),
                });
            }
            thread::sleep(LOOK);
        }
    }

    fn failed(&self, source: io::Error) -> ParityError {
        ParityError::Start {
            python: self.path.clone(),
            source,
        }
    }

    /// What it printed, or why it failed.
    fn judge(&self, ended: Ended) -> Result<String, ParityError> {
        let Ended {
            status,
            stdout,
            stderr,
        } = ended;
        if status.success() {
            return Ok(stdout);
        }
        if let Some(module) = missing_module(&stderr) {
            return Err(ParityError::MissingModule {
                python: self.path.clone(),
                module,
            });
        }
        Err(ParityError::Script {
            python: self.path.clone(),
            status,
            message: printable(stderr.lines().last().unwrap_or("no output")),
        })
    }
}

/// The module that an import did not find.
fn missing_module(stderr: &str) -> Option<String> {
    let rest = stderr
        .lines()
        .last()?
        .strip_prefix("ModuleNotFoundError: No module named ")?;
    Some(printable(rest.trim_matches('\'')))
}
