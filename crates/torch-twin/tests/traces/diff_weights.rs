//! A trace against weights, and against a TorchScript module that is run on its input.

use std::path::{Path, PathBuf};

use tch::{Device, Kind, Tensor};
use tempfile::TempDir;
use torch_twin::diff::{Options, Report, Side, load_script};
use torch_twin::nn::{Forward, ForwardPass, Linear, Module, sequential};
use torch_twin::optim::{Optimizer, Sgd};
use torch_twin::trace::Recorder;
use torch_twin::{Generator, weights};

use crate::common::{run_program, sgd};

/// The weights before the first step, and after each of two.
struct Training {
    folder: TempDir,
}

impl Training {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let network = sequential![Linear::new(3, 2, &mut Generator::manual_seed(0)).unwrap()];
        let state_dict = network.state_dict();
        let mut optimizer = Sgd::new(network.parameters(), sgd(0.1, 0.0, 0.0)).unwrap();
        let save = |step: u64| {
            let path = folder.path().join(format!("{step}.safetensors"));
            weights::save(&path, state_dict.iter(), &Default::default()).unwrap();
        };
        let mut recorder = Recorder::default();
        recorder.weights(&state_dict).unwrap();
        save(0);
        for step in 1..=2 {
            let mut recorded = recorder.step(step).unwrap();
            optimizer.zero_grad().unwrap();
            let input = Tensor::ones([4, 3], (Kind::Float, Device::Cpu));
            let pass = ForwardPass::train();
            let output = recorded.forward(&[&input], pass, |pass| network.forward(&input, pass));
            output.unwrap().sum(Kind::Float).backward();
            recorded.gradients(&state_dict).unwrap();
            optimizer.step().unwrap();
            recorded.weights(&state_dict).unwrap();
            save(step);
        }
        recorder.save(&folder.path().join("trace")).unwrap();
        Self { folder }
    }

    fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// A scripted module with the weights of a step, as Python makes it.
    fn script(&self, step: u64) -> PathBuf {
        let path = self.file(&format!("{step}.pt"));
        let program = "import sys, torch\n\
                       from safetensors.torch import load_file\n\
                       network = torch.nn.Sequential(torch.nn.Linear(3, 2))\n\
                       network.load_state_dict(load_file(sys.argv[1]))\n\
                       torch.jit.script(network).save(sys.argv[2])\n";
        let weights = self.file(&format!("{step}.safetensors"));
        run_program(program, [&weights, &path]);
        path
    }

    /// The trace against a file.
    fn compared(&self, file: &Path, step: Option<u64>) -> Report {
        let (trace, file) = (
            Side::open(&self.file("trace")).unwrap(),
            Side::open_with(file, Some(load_script)).unwrap(),
        );
        let options = Options {
            step,
            ..Options::default()
        };
        let report = Report::new(&trace, &file, options).unwrap();
        let swapped = Report::new(&file, &trace, options).unwrap();
        assert_eq!(report.is_equal(), swapped.is_equal());
        report
    }
}

#[test]
fn weights_are_compared_with_those_of_the_last_step_or_of_the_one_asked_for() {
    let training = Training::new();
    let equal = "no difference: 2 stages are equal, bit by bit";
    assert_eq!(
        training
            .compared(&training.file("2.safetensors"), None)
            .line(),
        equal
    );
    assert_eq!(
        training
            .compared(&training.file("1.safetensors"), Some(1))
            .line(),
        equal
    );
    let report = training.compared(&training.file("1.safetensors"), None);
    // In a state_dict the weight comes first, as it does in the trace.
    assert_eq!(
        report.line(),
        "first difference: `0.weight`, weights of step 2"
    );
    let side = Side::open(&training.file("trace")).unwrap();
    let other = Side::open(&training.file("2.safetensors")).unwrap();
    let options = Options {
        step: Some(7),
        ..Options::default()
    };
    let error = Report::new(&side, &other, options).unwrap_err().to_string();
    assert_eq!(
        error,
        "the trace holds no weights of step 7; recorder.weights() records them"
    );
}

#[test]
fn a_module_is_run_on_the_input_that_was_computed_with_its_weights() {
    let training = Training::new();
    let report = training.compared(&training.script(1), Some(1));
    assert_eq!(
        report.line(),
        "no difference: 3 stages are equal, bit by bit"
    );
    assert_eq!(report.rows[2].stage.key(), "step2/output//1/0");
    assert!(report.notes.is_empty());

    let report = training.compared(&training.script(0), Some(1));
    assert_eq!(
        report.line(),
        "first difference: `0.weight`, weights of step 1"
    );
    assert!(!report.rows[2].is_equal, "its output");

    let report = training.compared(&training.script(2), None);
    assert!(report.is_equal());
    let note = "the module was not run: the trace has no call of the network with the weights of \
                step 2; name an earlier step with --step";
    assert_eq!(report.notes, [note]);
}

#[test]
fn a_module_without_names_is_judged_by_its_output() {
    let training = Training::new();
    let path = training.file("traced.pt");
    let network = sequential![Linear::new(3, 2, &mut Generator::manual_seed(0)).unwrap()];
    let input = Tensor::ones([4, 3], (Kind::Float, Device::Cpu));
    weights::save_torchscript(&path, "traced", &network, &input, &Default::default()).unwrap();
    let report = training.compared(&path, Some(0));
    assert_eq!(report.line(), "no difference: 1 stage is equal, bit by bit");
    let report = training.compared(&path, Some(1));
    assert_eq!(
        report.line(),
        "first difference: the network, forward, step 2"
    );
}

#[test]
fn two_files_of_weights_are_compared_by_name_and_what_is_left_by_shape() {
    let training = Training::new();
    let renamed = training.file("renamed.safetensors");
    let loaded =
        weights::load(&training.file("1.safetensors"), weights::DEFAULT_MAX_BYTES).unwrap();
    let tensors = loaded
        .tensors
        .iter()
        .map(|(name, tensor)| (format!("head.{name}"), tensor));
    let tensors: Vec<_> = tensors.collect();
    let named = tensors
        .iter()
        .map(|(name, tensor)| (name.as_str(), *tensor));
    weights::save(&renamed, named, &Default::default()).unwrap();
    let (a, b) = (
        Side::open(&training.file("1.safetensors")).unwrap(),
        Side::open(&renamed).unwrap(),
    );
    let report = Report::new(&a, &b, Options::default()).unwrap();
    assert!(report.is_equal());
    assert_eq!(report.rows[0].renamed.as_deref(), Some("head.0.bias"));
}

#[test]
fn two_files_of_weights_have_their_own_order_and_no_steps() {
    let folder = tempfile::tempdir().unwrap();
    let [a, b, wrapped] = ["a.pt", "b.pt", "wrapped.pt"].map(|name| folder.path().join(name));
    let program = "import sys, torch\n\
                   weights = {name: torch.rand(3, 2) for name in ['z.weight', 'm.weight', 'a.weight']}\n\
                   torch.save(weights, sys.argv[1])\n\
                   torch.save({f'net.module.{name}': x for name, x in weights.items()}, sys.argv[3])\n\
                   torch.save({name: x + 1 for name, x in weights.items()}, sys.argv[2])\n";
    run_program(program, [&a, &b, &wrapped]);
    let compared = |a: &Path, b: &Path| {
        let [a, b] = [a, b].map(|path| Side::open(path).unwrap());
        Report::new(&a, &b, Options::default()).unwrap()
    };
    let report = compared(&a, &b);
    assert_eq!(report.line(), "first difference: `z.weight`");
    let names: Vec<_> = report
        .rows
        .iter()
        .map(|row| row.stage.name.as_str())
        .collect();
    assert_eq!(names, ["z.weight", "m.weight", "a.weight"]);
    let report = compared(&a, &wrapped);
    assert!(report.is_equal());
    assert_eq!(
        report.rows[2].renamed.as_deref(),
        Some("net.module.a.weight")
    );
}
