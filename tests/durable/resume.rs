use std::fs;

use lenet5::data::{self, Source};
use lenet5::model::{self, Recipe};
use lenet5::nn::{Generator, StateDict};
use lenet5::train::{Checkpoint, Environment, EpochMetrics, Header, Settings, Trainer};
use tch::Device;

use crate::run::Workshop;

#[test]
fn checkpoints_change_no_bit_and_the_newest_two_are_kept() {
    let workshop = Workshop::new();
    workshop
        .train(&["--epochs", "2", "--out", "plain"])
        .assert()
        .success();
    let mut often = workshop.train(&["--epochs", "2", "--out", "often"]);
    often.args(["--checkpoint-every", "4"]).assert().success();
    assert_eq!(workshop.result("plain"), workshop.result("often"));
    assert_eq!(
        workshop.files("often"),
        [
            ".lock",
            "checkpoint-00000020.safetensors",
            "checkpoint-00000022.safetensors",
            "metrics.jsonl",
            "model.safetensors",
            "run.json",
        ]
    );
}

#[test]
fn a_finished_run_ends_the_same_when_resumed() {
    let workshop = Workshop::new();
    workshop
        .train(&["--epochs", "2", "--out", "run"])
        .assert()
        .success();
    let result = workshop.result("run");
    let weights = fs::read(workshop.path("run/model.safetensors")).unwrap();
    fs::remove_file(workshop.path("run/model.safetensors")).unwrap();
    fs::remove_file(workshop.path("run/run.json")).unwrap();
    workshop.resume("run").assert().success();
    assert_eq!(workshop.result("run"), result);
    assert_eq!(
        fs::read(workshop.path("run/model.safetensors")).unwrap(),
        weights
    );
}

#[test]
fn a_training_goes_on_from_every_step_with_every_bit() {
    let workshop = Workshop::new();
    let source = Source::Folder(workshop.path("data"));
    let dataset = data::load(Some(&source), 10, &mut |_| {}).unwrap().dataset;
    tch::set_num_threads(1);
    for variant in model::VARIANTS {
        let mut settings = Settings::tutorial(variant);
        settings.recipe = Recipe {
            epochs: 2,
            batch_size: 160,
            ..variant.best.clone()
        };
        let new = || Trainer::new(variant, &settings, &dataset.train, Device::Cpu).unwrap();
        let mut whole = new();
        let mut states = Vec::new();
        for _ in 0..settings.recipe.epochs {
            // The state before each step, and the one at the epoch's end.
            loop {
                states.push(saved(&whole, &workshop));
                if whole.train_step().unwrap().is_none() {
                    break;
                }
            }
            whole.end_epoch();
        }
        let end = saved(&whole, &workshop);
        assert_eq!(states.len(), 10, "{}", variant.name);
        for state in states {
            let mut part = new();
            part.restore(&state.header.progress, &state.tensors)
                .unwrap();
            while part.progress().epoch < settings.recipe.epochs {
                while part.train_step().unwrap().is_some() {}
                part.end_epoch();
            }
            let part = saved(&part, &workshop);
            let place = &state.header.progress;
            assert_eq!(
                sha256(&part),
                sha256(&end),
                "{} from {place:?}",
                variant.name
            );
        }
    }

    const NO_METRICS: EpochMetrics = EpochMetrics {
        epoch: 0,
        lr: 0.0,
        last_loss: 0.0,
        mean_loss: 0.0,
        seconds: 0.0,
        images_per_second: 0.0,
        validation_loss: None,
        validation_accuracy: None,
    };

    fn saved(trainer: &Trainer<'_>, workshop: &Workshop) -> Checkpoint {
        let header = Header {
            settings: trainer.settings().clone(),
            init: None,
            environment: Environment::current("cpu".to_owned()),
            data: None,
            data_sha256: String::new(),
            progress: trainer.progress().clone(),
            metrics: (0..trainer.progress().epoch).map(|_| NO_METRICS).collect(),
            best: None,
        };
        let path = workshop.path("state");
        header.save(&path, &trainer.state().unwrap()).unwrap();
        Checkpoint::load(&path).unwrap()
    }
}

/// One digest of weights, optimiser and generator.
fn sha256(checkpoint: &Checkpoint) -> String {
    let mut all = StateDict::default();
    for (name, tensor) in &checkpoint.tensors {
        all.add(name.clone(), tensor);
    }
    all.sha256().unwrap()
}

#[test]
fn the_generators_state_is_that_of_pytorch_to_the_byte() {
    let workshop = Workshop::new();
    for draws in [0, 1, 311, 312, 313, 1000] {
        let program = format!(
            "import torch; torch.manual_seed(7 | 1 << 40)\n\
             for _ in range({draws}): torch.empty((), dtype=torch.int64).random_()\n\
             print(bytes(torch.get_rng_state().tolist()).hex())"
        );
        let mut generator = Generator::manual_seed(7 | 1 << 40);
        for _ in 0..draws {
            generator.random64();
        }
        let hex: String = generator
            .state()
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect();
        workshop
            .python_program(&program)
            .assert()
            .success()
            .stdout(format!("{hex}\n"));
    }
}
