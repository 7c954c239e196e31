//! The switches against PyTorch's: as they stand at the start, and what one of them does.

use std::process::Command;

use tch::Tensor;
use torch_twin::{TorchError, backends};

use crate::common;

const SWITCHES: &str = "
import torch
from torch import backends
print(backends.cpu.get_cpu_capability())
print(torch.are_deterministic_algorithms_enabled())
print(torch.is_deterministic_algorithms_warn_only_enabled())
print(backends.cudnn.deterministic)
print(backends.cudnn.benchmark)
print(backends.cudnn.allow_tf32)
print(backends.cuda.matmul.allow_tf32)
torch.use_deterministic_algorithms(True)
try:
    torch.zeros(2).put_(torch.tensor([0]), torch.ones(1))
except RuntimeError as error:
    print(error)
";

#[test]
fn the_switches_stand_as_in_python_and_refuse_what_python_refuses() {
    let test = "backends::the_switches_stand_as_in_python_and_refuse_what_python_refuses";
    common::in_a_process_of_its_own(test, switches_are_pythons);
}

fn switches_are_pythons() {
    let theirs = common::run(Command::new(common::python()).args(["-c", SWITCHES]));
    let switches = [
        backends::are_deterministic_algorithms_enabled(),
        backends::is_deterministic_algorithms_warn_only_enabled(),
        backends::cudnn_deterministic(),
        backends::cudnn_benchmark(),
        backends::cudnn_allow_tf32().unwrap(),
        backends::matmul_allow_tf32().unwrap(),
    ];
    let put = || -> Result<Tensor, TorchError> {
        let mut tensor = Tensor::from_slice(&[0_f32, 0.0]);
        let (index, source) = (Tensor::from_slice(&[0_i64]), Tensor::from_slice(&[1_f32]));
        Ok(tensor.f_put_(&index, &source, false)?)
    };
    assert!(put().is_ok());
    backends::use_deterministic_algorithms(true, false);
    let refusal = put().unwrap_err().to_string();

    let mut ours = vec![backends::cpu_capability().unwrap()];
    ours.extend(switches.map(|on| if on { "True" } else { "False" }.to_owned()));
    ours.push(refusal.replace("libtorch: ", ""));
    assert_eq!(ours, theirs.lines().collect::<Vec<_>>());
}
