//! `lenet5 info`, and the choice of device and threads that it shows.

use std::path::Path;
use std::process::Command as Process;

use crate::common::{json_object, lenet5, repository, venv_python};
use assert_cmd::Command;
use predicates::prelude::*;
use predicates::str::{contains, is_empty, starts_with};
use torch_twin::libtorch;

/// A folder with a `libcuda.so.1` that loads and drives nothing.
fn driver_without_a_gpu() -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let status = Process::new("cc")
        .args(["-shared", "-x", "c", "/dev/null", "-o"])
        .arg(folder.path().join("libcuda.so.1"))
        .status();
    assert!(status.expect("cc runs").success());
    folder
}

/// Fails where a test that is for other machines was asked for by name.
#[track_caller]
fn assert_no_nvidia_driver() {
    let devices = ["/dev/nvidiactl", "/dev/dxg"];
    let is_there = devices.iter().any(|device| Path::new(device).exists());
    assert!(!is_there, "this machine has an NVIDIA driver");
}

/// Whether the libtorch in use has a CUDA part.
fn is_cuda_build() -> bool {
    let info = json_object(lenet5(&["info", "--json", "--device", "cpu"]), 0);
    let directory = info["libtorch"].as_str().expect("a path").to_owned();
    Path::new(&directory).join("libtorch_cuda.so").exists()
}

#[test]
fn libtorch_is_found_from_any_folder_with_an_empty_environment() {
    let mut command = lenet5(&["info"]);
    command.env_clear().current_dir("/");
    command.assert().success().stdout(
        contains(format!("torch          {}", libtorch::TORCH_VERSION)).and(contains("CUDA")),
    );
}

#[test]
fn json_is_all_that_stands_on_standard_output() {
    let info = json_object(lenet5(&["info", "--json", "--threads", "1"]), 0);
    assert_eq!(info["lenet5"], env!("CARGO_PKG_VERSION"));
    assert_eq!(info["tch"], libtorch::TCH_VERSION);
    assert_eq!(info["torch"], libtorch::TORCH_VERSION);
    assert_eq!(info["threads"]["intra_op"], 1);
    assert_eq!(info["devices"][0], "cpu");
    let libtorch = Path::new(info["libtorch"].as_str().expect("a path"));
    assert!(libtorch.is_dir(), "{libtorch:?}");
}

#[test]
fn processor_and_threads_are_those_that_pytorch_names() {
    let program = "import json, torch; from processor import processor; \
                   print(json.dumps({'cpu': processor(), 'intra_op': torch.get_num_threads()}))";
    for environment in [
        None,
        Some(("ATEN_CPU_CAPABILITY", "default")),
        Some(("ATEN_CPU_CAPABILITY", "avx2")),
        Some(("ATEN_CPU_CAPABILITY", "nonsense")),
        Some(("MKL_CBWR", "COMPATIBLE")),
        Some(("MKL_CBWR", "AUTO")),
        Some(("ONEDNN_MAX_CPU_ISA", "avx2_vnni")),
        Some(("DNNL_MAX_CPU_ISA", "SSE41")),
        Some(("ONEDNN_MAX_CPU_ISA", "AVX10_1_512")),
    ] {
        let mut pytorch = Command::new(venv_python());
        pytorch
            .args(["-B", "-c", program])
            .current_dir(repository("python_ref"))
            .envs(environment);
        let mut command = lenet5(&["info", "--json"]);
        command.envs(environment);
        let mut info = json_object(command, 0);
        let theirs = json_object(pytorch, 0);
        for field in theirs["cpu"].as_object().expect("an object").keys() {
            assert_eq!(info["cpu"][field], theirs["cpu"][field], "{environment:?}");
        }
        assert_eq!(info["threads"]["intra_op"].take(), theirs["intra_op"]);
    }
}

#[test]
#[ignore = "needs a machine without an NVIDIA driver: make test includes it there"]
fn without_a_driver_a_missing_gpu_is_one_line_and_a_failure() {
    assert_no_nvidia_driver();
    let reason = if is_cuda_build() {
        "no NVIDIA driver"
    } else {
        "CPU build"
    };
    let one_line = predicate::function(|text: &str| text.lines().count() == 1);
    lenet5(&["info", "--device", "cuda"])
        .assert()
        .code(1)
        .stdout(is_empty())
        .stderr(
            starts_with("error: CUDA is not available")
                .and(contains(reason))
                .and(one_line),
        );
    lenet5(&["info"])
        .assert()
        .success()
        .stdout(contains(reason));
}

#[test]
#[ignore = "needs a machine without an NVIDIA driver: make test includes it there"]
fn without_a_driver_the_cuda_part_is_loaded_only_where_one_is_put_and_a_gpu_may_be_used() {
    assert_no_nvidia_driver();
    let driver = driver_without_a_gpu();
    let info = |device| {
        let mut command = lenet5(&["info", "--json", "--device", device]);
        command.env("LD_LIBRARY_PATH", driver.path());
        json_object(command, 0)
    };
    // Only the CUDA part knows a version of CUDA's runtime.
    let is_loaded = info("auto")["cuda"]["runtime"].is_string();
    assert_eq!(is_loaded, is_cuda_build());
    assert!(info("cpu")["cuda"]["runtime"].is_null());

    let reason = if is_loaded {
        "sees no GPU (CUDA_VISIBLE_DEVICES=\"7\")"
    } else {
        "CPU build"
    };
    let mut command = lenet5(&["info", "--device", "cuda:1"]);
    command
        .env("LD_LIBRARY_PATH", driver.path())
        .env("CUDA_VISIBLE_DEVICES", "7")
        .assert()
        .code(1)
        .stderr(contains(reason));
}

#[test]
fn wrong_options_are_wrong_usage() {
    for (option, value) in [
        ("--device", "nonsense"),
        ("--device", "cuda:-1"),
        ("--threads", "0"),
        ("--threads", "1024"),
        ("--threads", "many"),
    ] {
        lenet5(&["info", option, value])
            .assert()
            .code(2)
            .stdout(is_empty())
            .stderr(contains(option));
    }
}

#[test]
fn help_shows_an_example() {
    lenet5(&["info", "--help"])
        .assert()
        .success()
        .stdout(contains("Example:\n  lenet5 info"));
}
