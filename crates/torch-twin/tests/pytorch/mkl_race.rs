//! MKL's race, which `docs/mkl-race.md` explains, changes no bit of a program on this crate.
#![cfg(target_os = "linux")]

use std::env;
use std::path::Path;
use std::process::Command;

use crate::common::mkl_race::{ForcedRace, folder, teams};
use crate::common::{python, run_python, workspace};
use tch::{Kind, Tensor};

fn race() -> Option<&'static ForcedRace> {
    ForcedRace::prepare(&workspace(), &python())
}

/// Runs an ignored test of this file in a process of its own. Gives what it wrote to standard error.
fn alone(test: &str, race: Option<&ForcedRace>) -> String {
    let mut program = Command::new(env::current_exe().unwrap());
    program.args([
        "--exact",
        &format!("mkl_race::{test}"),
        "--ignored",
        "--nocapture",
    ]);
    // The warm Python is to be its own, too.
    program.env_remove("NEXTEST_RUN_ID");
    if let Some(race) = race {
        race.force(&mut program);
    }
    let output = program.output().unwrap();
    let [stdout, stderr] =
        [output.stdout, output.stderr].map(|bytes| String::from_utf8(bytes).unwrap());
    assert!(output.status.success(), "{stdout}{stderr}");
    assert!(stdout.contains("1 passed"), "{stdout}");
    stderr
}

#[test]
fn plain_pytorch_differs_from_itself_unless_a_tanh_of_one_value_comes_first() {
    let Some(race) = race() else { return };
    let script = folder(&workspace()).join("race.py");
    let printed = |option: Option<&str>| {
        let mut program = Command::new(python());
        program.arg(&script).args(["--tries", "3"]).args(option);
        crate::common::run(race.force(&mut program))
    };
    assert!(printed(None).starts_with("3 tries, 3 wrong"));
    assert!(printed(Some("--warm")).starts_with("3 tries, 0 wrong"));
}

#[test]
fn a_program_in_python_with_the_recorder_does_not() {
    let Some(race) = race() else { return };
    let package = workspace().join("python");
    let script = folder(&workspace()).join("first_tanh.py");
    let mut program = Command::new(python());
    program.env("PYTHONPATH", package).arg("-c").arg(format!(
        "import runpy, torch_twin; runpy.run_path({:?})",
        script.display().to_string()
    ));
    assert!(crate::common::run(race.force(&mut program)).starts_with("0 of "));
}

#[test]
fn a_program_on_this_crate_does_not_even_if_its_first_call_is_of_tch() {
    let Some(race) = race() else { return };
    assert_eq!(teams(&alone("first_tanh", Some(race))), [1]);
}

#[test]
#[ignore = "it is a program of its own, which the test before it starts"]
fn first_tanh() {
    tch::set_num_threads(2);
    let x = Tensor::randn([16, 6, 28, 28], (Kind::Float, tch::Device::Cpu));
    let (first, second) = (x.tanh(), x.tanh());
    crate::common::assert_identical("tanh", &first, &second);
}

#[test]
fn a_fork_of_the_warm_python_does_not() {
    let Some(race) = race() else { return };
    // This program's own detection, and the server's.
    assert_eq!(teams(&alone("first_tanh_of_a_fork", Some(race))), [1, 1]);
}

#[test]
#[ignore = "it is a program of its own, which the test before it starts"]
fn first_tanh_of_a_fork() {
    let script = folder(&workspace()).join("first_tanh.py");
    let none: [&Path; 0] = [];
    assert!(run_python(&script, none).starts_with("0 of "));
}

/// libtorch looks for its CUDA part once, when it is first asked about CUDA.
#[test]
fn the_call_before_main_does_not_ask_about_cuda() {
    alone("cuda_part", None);
}

#[test]
#[ignore = "it is a program of its own, which the test before it starts"]
#[allow(unsafe_code, reason = "a library is loaded")]
fn cuda_part() {
    use libloading::os::unix::{Library, RTLD_GLOBAL, RTLD_NOW};

    let part = torch_twin::libtorch::directory().join("libtorch_cuda.so");
    if !part.exists() {
        eprintln!("this libtorch has no CUDA part");
        return;
    }
    // SAFETY: It is made to be loaded so, and stays.
    let library = unsafe { Library::open(Some(part), RTLD_NOW | RTLD_GLOBAL) };
    std::mem::forget(library.unwrap());
    assert!(tch::utils::has_cudart());
}
