//! Recording changes no number, in either language.

use tch::{Device, Kind, Tensor};
use torch_twin::Generator;
use torch_twin::nn::{
    BatchNorm2d, Conv2d, Dropout, Forward, ForwardPass, Linear, Module, Relu, functional,
    sequential,
};
use torch_twin::optim::{Optimizer, Sgd};
use torch_twin::trace::Recorder;

use crate::common::ports::{copy_twin, record_theirs};
use crate::common::sgd;

/// The digest of a small network's weights after three steps, with dropout and running statistics.
fn train(mut recorder: Option<Recorder>) -> String {
    let mut generator = Generator::manual_seed(0);
    let features = sequential![
        Conv2d::new(1, 4, 3, &mut generator).unwrap(),
        BatchNorm2d::new(4).unwrap(),
        Relu,
        Dropout::new(0.5),
    ];
    let head = Linear::new(4 * 6 * 6, 3, &mut generator).unwrap();
    let [features_state, head_state] = [features.state_dict(), head.state_dict()];
    let mut parameters = features_state.parameter_tensors();
    parameters.extend(head_state.parameter_tensors());
    let mut optimizer = Sgd::new(parameters, sgd(0.1, 0.9, 0.01)).unwrap();
    for step in 1..=3 {
        let mut images = Tensor::empty([5, 1, 8, 8], (Kind::Float, Device::Cpu));
        generator.normal_(&mut images, 0.0, 1.0).unwrap();
        let labels = Tensor::from_slice(&[0_i64, 1, 2, 0, 1]);
        optimizer.zero_grad().unwrap();
        let pass = ForwardPass::train().with_generator(&mut generator);
        let forward = |pass: &mut ForwardPass<'_>| {
            head.forward(&features.forward(&images, pass)?.f_flatten(1, -1)?, pass)
        };
        let logits = match &mut recorder {
            Some(recorder) => {
                recorder.begin_step(step);
                recorder.forward(&[&images], pass, forward).unwrap()
            }
            None => forward(&mut { pass }).unwrap(),
        };
        let loss = functional::cross_entropy(&logits, &labels).unwrap();
        loss.backward();
        if let Some(recorder) = &mut recorder {
            recorder.loss(&loss).unwrap();
            recorder.gradients(&features_state).unwrap();
        }
        optimizer.step().unwrap();
        if let Some(recorder) = &mut recorder {
            recorder.optimizer(&optimizer).unwrap();
            recorder.weights(&features_state).unwrap();
        }
    }
    features_state.sha256().unwrap() + &head_state.sha256().unwrap()
}

#[test]
fn recording_changes_no_number_in_rust() {
    let plain = train(None);
    assert_eq!(train(Some(Recorder::default())), plain);
    assert_eq!(train(Some(Recorder::default().digest_above(10))), plain);
}

#[test]
fn recording_changes_no_number_in_python() {
    let weights = "    if arguments.trace:\n        recorder.save(arguments.trace)\n";
    let print_weights = "    import hashlib\n    digest = hashlib.sha256()\n    \
                         for tensor in model.state_dict().values():\n        \
                         digest.update(tensor.numpy().tobytes())\n    print(digest.hexdigest())\n";
    let recorder = "from torch_twin_trace import Recorder\n";
    let no_recorder = "from unittest.mock import MagicMock\n\n\n\
                       def Recorder(*_arguments, **_options):\n    return MagicMock()\n";
    for port in ["mnist", "resnet18", "gpt"] {
        let printed = [recorder, no_recorder].map(|recorder_or_none| {
            let folder = tempfile::tempdir().unwrap();
            copy_twin(
                port,
                folder.path(),
                &[(weights, print_weights), (recorder, recorder_or_none)],
            );
            record_theirs(folder.path(), port, &folder.path().join("none"), 1, 3)
        });
        assert_eq!(printed[0].trim().len(), 64, "{}", printed[0]);
        assert_eq!(printed[0], printed[1], "{port}");
    }
}

#[test]
fn a_stage_that_comes_twice_in_a_step_is_refused_at_once_in_both_languages() {
    let mut recorder = Recorder::default();
    let loss = Tensor::ones([], (Kind::Float, Device::Cpu));
    recorder.begin_step(1);
    recorder.loss(&loss).unwrap();
    let error = recorder.loss(&loss).unwrap_err().to_string();
    assert!(
        error.contains("step1/loss/loss is recorded twice"),
        "{error}"
    );
    recorder.begin_step(2);
    recorder.loss(&loss).unwrap();

    let program = "import torch\nfrom torch_twin_trace import Recorder\n\
                   recorder = Recorder(torch.nn.Linear(2, 1))\nrecorder.number = 1\n\
                   recorder.loss(torch.ones(()))\ntry:\n    recorder.loss(torch.ones(()))\n\
                   except ValueError as error:\n    print(error)\n";
    let folder = crate::common::ports::examples();
    let mut python = std::process::Command::new(crate::common::python());
    let said = crate::common::run(python.args(["-B", "-c", program]).current_dir(folder));
    assert!(said.contains("step1/loss/loss is recorded twice"), "{said}");
}
