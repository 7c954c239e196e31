//! Recording changes no number, in either language.

use tch::{Device, Kind, Tensor};
use torch_twin::diff::{Options, Report, Side};
use torch_twin::nn::{
    BatchNorm2d, Conv2d, Dropout, Forward, ForwardPass, Linear, Module, Relu, TensorTree,
    functional, sequential,
};
use torch_twin::optim::{GroupCountError, Optimizer, OptimizerStateError, Sgd};
use torch_twin::trace::{Recorder, Stage, Trace};
use torch_twin::{Generator, Tensors, TorchError};

use crate::common::ports::{copy_twin, record_theirs};
use crate::common::{run_python, sgd};
use crate::programs::program;

/// The digest of a small network's weights after three steps, with dropout and running statistics.
fn train(mut recorder: Recorder) -> String {
    let mut generator = Generator::manual_seed(0);
    let features = sequential![
        Conv2d::new(1, 4, 3, &mut generator).unwrap(),
        BatchNorm2d::new(4).unwrap(),
        Relu,
        Dropout::new(0.5).unwrap(),
    ];
    let head = Linear::new(4 * 6 * 6, 3, &mut generator).unwrap();
    let [features_state, head_state] = [features.state_dict(), head.state_dict()];
    let mut parameters = features.parameters();
    parameters.extend(head.parameters());
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
        let mut step = recorder.step(step).unwrap();
        let logits = step.forward(&[&images], pass, forward).unwrap();
        let loss = functional::cross_entropy(&logits, &labels).unwrap();
        loss.backward();
        step.loss(&loss).unwrap();
        step.gradients(&features_state).unwrap();
        optimizer.step().unwrap();
        step.optimizer(&optimizer).unwrap();
        step.weights(&features_state).unwrap();
    }
    features_state.sha256().unwrap() + &head_state.sha256().unwrap()
}

#[test]
fn recording_changes_no_number_in_rust() {
    let plain = train(Recorder::off());
    assert_eq!(train(Recorder::default()), plain);
    assert_eq!(train(Recorder::default().digest_above(10)), plain);
}

#[test]
fn recording_changes_no_number_in_python() {
    let weights = "    if arguments.trace:\n        recorder.save(arguments.trace)\n";
    let print_weights = "    import hashlib\n    digest = hashlib.sha256()\n    \
                         for tensor in model.state_dict().values():\n        \
                         digest.update(tensor.numpy().tobytes())\n    print(digest.hexdigest())\n";
    let recorder = "from torch_twin import Recorder\n";
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
fn a_step_cannot_be_begun_twice_nor_weights_be_recorded_outside_of_one() {
    let mut recorder = Recorder::default();
    let layer = Linear::new(2, 2, &mut Generator::manual_seed(0)).unwrap();
    let state_dict = layer.state_dict();
    recorder.weights(&state_dict).unwrap();
    recorder.step(1).unwrap();
    for wrong in [1, 0] {
        let Err(error) = recorder.step(wrong) else {
            panic!("step {wrong} was taken");
        };
        let expected = format!("step {wrong} begins after step 1: number the steps upwards");
        assert!(error.to_string().starts_with(&expected), "{error}");
    }
    assert!(recorder.weights(&state_dict).is_err());
    recorder.step(3).unwrap();
}

#[test]
fn what_comes_again_in_a_step_is_numbered_and_several_networks_have_names() {
    let mut recorder = Recorder::default();
    let layer = Linear::new(2, 1, &mut Generator::manual_seed(0)).unwrap();
    let state_dict = layer.state_dict();
    let input = Tensor::ones([1, 2], (Kind::Float, Device::Cpu));
    for name in ["G", "D"] {
        let mut step = recorder.step(0).unwrap();
        step.of(name).weights(&state_dict).unwrap();
    }
    let mut step = recorder.step(1).unwrap();
    let mut network = step.of("G");
    let output = network.forward(&[&input], ForwardPass::train(), |pass| {
        layer.forward(&input, pass)
    });
    let output = output.unwrap();
    network.loss(&output).unwrap();
    network.loss(&output).unwrap();
    step.loss(&output).unwrap();
    let state = [("0.anything".to_owned(), Tensor::from(3_i64))].into();
    step.of("D").optimizer_state(&state, &[0.1]).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x.trace");
    recorder.save(&path).unwrap();
    let trace = Trace::open(&path).unwrap();
    let keys: Vec<_> = trace.stages().iter().map(|stage| stage.key()).collect();
    let expected = [
        "step0/weight/G.weight",
        "step0/weight/G.bias",
        "step0/weight/D.weight",
        "step0/weight/D.bias",
        "step1/input/G/1/0",
        "step1/output/G/1/0",
        "step1/loss/G.loss",
        "step1/loss/G.loss/2/0",
        "step1/loss/loss",
        "step1/optimizer/D.0.anything",
    ];
    assert_eq!(keys, expected);
    let rates = &trace.remarks().learning_rates[0];
    assert_eq!(
        (rates.optimizer.as_str(), &rates.lrs[..]),
        ("D", &[0.1][..])
    );
}

/// An optimizer that must not be asked anything.
struct Untouchable;

impl Optimizer for Untouchable {
    fn parameters(&self) -> &[Tensor] {
        unreachable!()
    }
    fn step(&mut self) -> Result<(), TorchError> {
        unreachable!()
    }
    fn lrs(&self) -> Vec<f64> {
        unreachable!()
    }
    fn set_lrs(&mut self, _lrs: &[f64]) -> Result<(), GroupCountError> {
        unreachable!()
    }
    fn set_lr(&mut self, _lr: f64) {
        unreachable!()
    }
    fn initial_lrs(&mut self) -> Vec<f64> {
        unreachable!()
    }
    fn set_initial_lrs(&mut self, _lrs: &[f64]) -> Result<(), GroupCountError> {
        unreachable!()
    }
    fn momenta(&mut self) -> Option<Vec<&mut f64>> {
        unreachable!()
    }
    fn state_keys(&self) -> Vec<&'static str> {
        unreachable!()
    }
    fn state_dict(&self) -> Tensors {
        unreachable!()
    }
    fn load_state_dict(&mut self, _state: &Tensors) -> Result<(), OptimizerStateError> {
        unreachable!()
    }
}

/// An output whose tensors must not be looked at.
struct Unseen;

impl TensorTree for Unseen {
    fn tensors(&self) -> Vec<&Tensor> {
        unreachable!()
    }
}

#[test]
fn a_recorder_that_is_off_looks_at_nothing_and_writes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x.trace");
    for mut recorder in [Recorder::off(), Recorder::default().only_steps([2])] {
        let mut step = recorder.step(1).unwrap();
        step.forward(&[], ForwardPass::eval(), |_| Ok(Unseen))
            .unwrap();
        step.optimizer(&Untouchable).unwrap();
    }
    Recorder::off().save(&path).unwrap();
    assert!(!path.exists());
}

#[test]
fn what_cannot_be_recorded_in_python_is_noted_and_stops_no_training() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x.trace");
    run_python(&program("odd.py"), [&path]);
    let trace = Trace::open(&path).unwrap();
    let expected = [
        "weight of lazy.weight was skipped: it has no values before the first call",
        "weight of lazy.bias was skipped: it has no values before the first call",
        "calls of scripted are not seen: register_forward_hook is not supported on ScriptModules",
        "lazy has hooks of its own, which may change its tensors",
        "names gave no tensor, but list",
        "output of complex was skipped: its values are of type torch.complex64",
        "output of quantized was skipped: its values are of type torch.qint8",
        "input of linear was skipped: it is inside a transform of torch.func",
        "output of linear was skipped: it is inside a transform of torch.func",
        "step 1 came after step 1, and was skipped: number upwards",
        "never called: unused",
    ];
    assert_eq!(trace.remarks().notes, expected);
    // The fields of a dataclass, a tuple among them, of which one is sparse.
    let is_output = |stage: &&Stage| stage.key().starts_with("step1/output//1/");
    assert_eq!(trace.stages().iter().filter(is_output).count(), 4);
    let side = || Side::open(&path).unwrap();
    let report = Report::new(&side(), &side(), Options::default()).unwrap();
    let note = "The recorder of B: never called: unused";
    assert_eq!(report.notes.last().unwrap(), note);
}
