use std::fs;
use std::ops::ControlFlow;

use lenet5::train::{Checkpoint, Environment, EpochMetrics, Header, Settings, TrainError, Trainer};
use lenet5::variant::{Recipe, VARIANTS};
use tch::Device;
use torch_twin::sha256;

use super::run::Workshop;
use crate::common::load;

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
            "confusion.png",
            "curves.png",
            "curves.svg",
            "metrics.csv",
            "metrics.jsonl",
            "mistakes.png",
            "model.safetensors",
            "report.html",
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
    let dataset = load(&workshop.path("data"));
    tch::set_num_threads(1);
    for variant in VARIANTS {
        let mut settings = Settings::tutorial(variant);
        settings.recipe = Recipe {
            epochs: 2,
            batch_size: 160,
            ..variant.best.clone()
        };
        let new = || Trainer::new(&settings, &dataset.train, Device::Cpu).unwrap();
        let mut whole = new();
        let mut checkpoints = vec![saved(&whole, &workshop)];
        train(&mut whole, |trainer| {
            checkpoints.push(saved(trainer, &workshop))
        });
        let end = saved(&whole, &workshop);
        assert_eq!(checkpoints.len(), 9, "{}", variant.name);
        for checkpoint in checkpoints {
            let Checkpoint { header, tensors } = checkpoint;
            let mut part = new();
            part.restore(&header.progress, &header.metrics, &tensors)
                .unwrap();
            train(&mut part, |_| {});
            assert_eq!(
                sha256(saved(&part, &workshop).tensors.values()).unwrap(),
                sha256(end.tensors.values()).unwrap(),
                "{} from {:?}",
                variant.name,
                header.progress
            );
        }
    }
}

/// Trains to the last epoch's end; `after_step` sees every step.
fn train(trainer: &mut Trainer<'_>, mut after_step: impl FnMut(&Trainer<'_>)) {
    while trainer.progress().epoch < trainer.settings().recipe.epochs {
        let epoch = trainer.train_epoch(|trainer, _| {
            after_step(trainer);
            Ok::<_, TrainError>(ControlFlow::Continue(()))
        });
        assert!(epoch.unwrap().is_continue());
    }
}

/// The training as it is, written to a file and read back.
fn saved(trainer: &Trainer<'_>, workshop: &Workshop) -> Checkpoint {
    const NO_METRICS: EpochMetrics = EpochMetrics {
        epoch: 0,
        lr: 0.0,
        last_loss: 0.0,
        mean_loss: 0.0,
        accuracy: None,
        seconds: 0.0,
        images_per_second: 0.0,
        finished: None,
        validation_loss: None,
        validation_accuracy: None,
        test_loss: None,
        test_accuracy: None,
    };
    let header = Header {
        labels_from: 0,
        settings: trainer.settings().clone(),
        init: None,
        environment: Environment::current(Device::Cpu).unwrap(),
        data: None,
        data_sha256: String::new(),
        started: None,
        progress: trainer.progress().clone(),
        metrics: (0..trainer.progress().epoch).map(|_| NO_METRICS).collect(),
        best: None,
        checkpoint_every: None,
    };
    let tensors = trainer.state().unwrap();
    let path = workshop.path("state");
    Checkpoint { header, tensors }.save(&path).unwrap();
    Checkpoint::load(&path).unwrap()
}

/// A process may be killed between the writing of a checkpoint and the removal of an old one.
#[test]
fn a_checkpoint_that_a_killed_process_left_over_is_removed() {
    let workshop = Workshop::new();
    let often = ["--epochs", "1", "--checkpoint-every", "4", "--out", "run"];
    workshop.train(&often).assert().success();
    let files = workshop.files("run");
    let left_over = workshop.path("run/checkpoint-00000004.safetensors");
    fs::copy(&workshop.checkpoints("run")[0], &left_over).unwrap();
    workshop.resume("run").assert().success();
    assert_eq!(workshop.files("run"), files);
}
