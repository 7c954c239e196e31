//! PyTorch, run anew by each test, and the comparison with what it computed.

#![allow(dead_code, unused_imports, reason = "each test file uses a part")]

#[cfg(target_os = "linux")]
pub mod mkl_race;
pub mod observe;
mod once_a_run;
mod own_process;
pub mod ports;
mod skip_teardown;
pub mod special_values;
mod warm_python;

pub use once_a_run::once_a_run;
pub use own_process::in_a_process_of_its_own;

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::Command;

use tch::Tensor;
use torch_twin::Tensors;
use torch_twin::compare::compare;
use torch_twin::optim::SgdOptions;
use torch_twin::weights::{self, Weights};

/// Seeds of the scripts' `SEEDS`; Python takes the last as -1.
pub const SEEDS: [u64; 3] = [0, 1, u64::MAX];

pub fn workspace() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// The Python of the workspace, which has PyTorch; without it nothing could be compared.
pub fn python() -> PathBuf {
    let python = workspace().join(".venv/bin/python");
    assert!(
        python.exists(),
        "{}: not there; `make venv` in the workspace sets it up",
        python.display()
    );
    python
}

/// Runs a script of the folder `pytorch` to its end, and gives what it printed.
pub fn run_script<S: AsRef<OsStr>>(name: &str, arguments: impl IntoIterator<Item = S>) -> String {
    let script = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/pytorch")
        .join(name);
    run_python(&script, arguments)
}

/// Runs a program in a Python that has imported torch already, and gives what it printed.
pub fn run_program<S: AsRef<OsStr>>(
    program: &str,
    arguments: impl IntoIterator<Item = S>,
) -> String {
    let arguments = arguments.into_iter();
    let arguments = arguments.map(|argument| argument.as_ref().to_owned());
    let program = OsStr::new(program).to_owned();
    run_python(Path::new("-c"), [program].into_iter().chain(arguments))
}

/// Runs a script in a Python that has imported torch already, and gives what it printed.
pub fn run_python<S: AsRef<OsStr>>(
    script: &Path,
    arguments: impl IntoIterator<Item = S>,
) -> String {
    let python = warm_python::warm_python(&workspace(), &python());
    run(Command::new(python).arg(script).args(arguments))
}

/// Cargo's `command`, under the profile of this test and without a network.
pub fn cargo(command: &str) -> Command {
    let mut cargo = Command::new(env!("CARGO"));
    cargo.args([command, "--quiet", "--offline"]);
    if !cfg!(debug_assertions) {
        cargo.arg("--release");
    }
    cargo
}

/// The program of an example, built with what the tests were built with, so that no package is built again.
pub fn example(name: &str) -> PathBuf {
    run(cargo("build")
        .args(["--workspace", "--example", name])
        .current_dir(workspace()));
    let this = std::env::current_exe().unwrap();
    let profile = this.ancestors().nth(2).unwrap();
    profile.join("examples").join(name)
}

/// Runs a program to its end, and gives what it printed; fails with what it complained of.
pub fn run(command: &mut Command) -> String {
    let output = command
        .output()
        .unwrap_or_else(|error| panic!("{command:?}: {error}"));
    let [stdout, stderr] =
        [output.stdout, output.stderr].map(|bytes| String::from_utf8(bytes).unwrap());
    assert!(
        output.status.success(),
        "{command:?}: {}:\n{stderr}",
        output.status
    );
    stdout
}

/// What a script's function recorded, computed on one thread, as are the tests from here on.
pub fn reference(script: &str, function: &str) -> Reference {
    compute(1, script, function, &[])
}

/// The same, of a function that reads the files `inputs`.
pub fn reference_from(inputs: &[&Path], script: &str, function: &str) -> Reference {
    compute(1, script, function, inputs)
}

/// The same as [`reference`], on so many threads.
pub fn reference_on(threads: i32, script: &str, function: &str) -> Reference {
    compute(threads, script, function, &[])
}

fn compute(threads: i32, script: &str, function: &str, inputs: &[&Path]) -> Reference {
    tch::set_num_threads(threads);
    let folder = tempfile::tempdir().unwrap();
    let output = folder.path().join("reference.safetensors");
    let threads = threads.to_string();
    let arguments = [function.as_ref(), threads.as_ref(), output.as_path()];
    run_script(script, arguments.iter().chain(inputs));
    Reference::load(&output)
}

/// Tensors that Python recorded, and the order in which it did.
pub struct Reference {
    pub tensors: Tensors,
    order: Vec<String>,
}

impl Reference {
    pub fn load(file: &Path) -> Self {
        let Weights {
            tensors, metadata, ..
        } = weights::load(file, weights::DEFAULT_MAX_BYTES).unwrap();
        let order = metadata["order"].lines().map(str::to_owned).collect();
        Self { tensors, order }
    }
}

/// Tensors by name, as they were when they were kept, in that order.
#[derive(Default)]
pub struct Record(Vec<(String, Tensor)>);

impl Record {
    pub fn keep(&mut self, name: impl Into<String>, tensor: &Tensor) {
        self.0.push((name.into(), tensor.detach().copy()));
    }

    pub fn keep_all<'a>(
        &mut self,
        prefix: &str,
        tensors: impl IntoIterator<Item = (&'a str, &'a Tensor)>,
    ) {
        for (name, tensor) in tensors {
            self.keep(format!("{prefix}.{name}"), tensor);
        }
    }

    /// Fails unless PyTorch recorded the same names in the same order, with the same bits.
    pub fn assert_identical_to(&self, reference: &Reference) {
        let names = self.0.iter().map(|(name, _)| name);
        let differs = names
            .clone()
            .zip(&reference.order)
            .find(|(ours, theirs)| ours != theirs);
        assert_eq!(differs, None, "our name, PyTorch's name");
        assert_eq!(names.len(), reference.order.len());
        for (name, actual) in &self.0 {
            assert_identical(name, &reference.tensors[name], actual);
        }
    }
}

/// Fails with the first difference of two tensors that differ.
pub fn assert_identical(name: &str, expected: &Tensor, actual: &Tensor) {
    let comparison = compare(name, expected, actual).unwrap();
    assert!(comparison.identical(), "{comparison}");
}

/// `torch.optim.SGD`'s options.
pub fn sgd(lr: f64, momentum: f64, weight_decay: f64) -> SgdOptions {
    SgdOptions {
        lr,
        momentum,
        weight_decay,
        ..SgdOptions::default()
    }
}
