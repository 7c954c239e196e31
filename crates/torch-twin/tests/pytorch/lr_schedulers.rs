//! Schedulers against PyTorch's: learning rates and momenta, epoch by epoch.

use tch::Tensor;
use tch::kind::FLOAT_CPU;
use torch_twin::optim::lr_scheduler::{
    Anneal, ConstantLr, CosineAnnealingLr, ExponentialLr, LambdaLr, LinearLr, LrScheduler,
    LrSchedulerError, Mode, MultiStepLr, OneCycleLr, OneCycleLrOptions, ReduceLrOnPlateau,
    ReduceLrOnPlateauOptions, Restartable, SequentialLr, StepLr, ThresholdMode,
};
use torch_twin::optim::{Adagrad, AdagradOptions, Adam, AdamOptions, Optimizer, Sgd};

use crate::common::{Record, reference, sgd};

const EPOCHS: u32 = 40;

type Made = Result<Box<dyn LrScheduler>, LrSchedulerError>;
type MakeScheduler = fn(&mut dyn Optimizer) -> Made;

const SCHEDULERS: [(&str, MakeScheduler); 12] = [
    ("step", |optimizer| {
        Ok(Box::new(StepLr::new(optimizer, 7, 0.7)?))
    }),
    ("multi_step", |optimizer| {
        Ok(Box::new(MultiStepLr::new(optimizer, &[3, 9, 9, 30], 0.3)?))
    }),
    ("exponential", |optimizer| {
        Ok(Box::new(ExponentialLr::new(optimizer, 0.93)?))
    }),
    ("constant", |optimizer| {
        Ok(Box::new(ConstantLr::new(optimizer, 1.0 / 3.0, 5)?))
    }),
    ("linear", |optimizer| {
        Ok(Box::new(LinearLr::new(optimizer, 1.0 / 3.0, 1.0, 17)?))
    }),
    ("cosine", |optimizer| {
        Ok(Box::new(CosineAnnealingLr::new(optimizer, 13, 0.0001)?))
    }),
    ("lambda", |optimizer| {
        let lr_lambda = |epoch| 0.95_f64.powf(f64::from(epoch));
        Ok(Box::new(LambdaLr::new(optimizer, lr_lambda)?))
    }),
    ("sequence", sequence),
    ("other_sequence", other_sequence),
    ("one_cycle", |optimizer| {
        let options = OneCycleLrOptions::new(0.3, EPOCHS.into());
        Ok(Box::new(OneCycleLr::new(optimizer, options)?))
    }),
    ("three_phases", |optimizer| {
        let options = OneCycleLrOptions {
            pct_start: 0.4,
            anneal_strategy: Anneal::Linear,
            div_factor: 10.0,
            final_div_factor: 100.0,
            three_phase: true,
            ..OneCycleLrOptions::new(0.3, EPOCHS.into())
        };
        Ok(Box::new(OneCycleLr::new(optimizer, options)?))
    }),
    ("without_momentum", |optimizer| {
        let options = OneCycleLrOptions {
            cycle_momentum: false,
            ..OneCycleLrOptions::new(0.3, EPOCHS.into())
        };
        Ok(Box::new(OneCycleLr::new(optimizer, options)?))
    }),
];

fn sequence(optimizer: &mut dyn Optimizer) -> Made {
    let schedulers: Vec<Box<dyn Restartable>> = vec![
        Box::new(LinearLr::new(optimizer, 0.1, 1.0, 5)?),
        Box::new(CosineAnnealingLr::new(optimizer, 20, 1e-5)?),
        Box::new(StepLr::new(optimizer, 3, 0.3)?),
        Box::new(ExponentialLr::new(optimizer, 0.9)?),
    ];
    let milestones = [5, 25, 33];
    Ok(Box::new(SequentialLr::new(
        optimizer,
        schedulers,
        &milestones,
    )?))
}

fn other_sequence(optimizer: &mut dyn Optimizer) -> Made {
    let schedulers: Vec<Box<dyn Restartable>> = vec![
        Box::new(ConstantLr::new(optimizer, 0.25, 3)?),
        Box::new(MultiStepLr::new(optimizer, &[2, 2, 4], 0.7)?),
        Box::new(LambdaLr::new(optimizer, |epoch| {
            1.0 / (1.0 + f64::from(epoch))
        })?),
        Box::new(ConstantLr::new(optimizer, 0.3, 2)?),
        Box::new(LinearLr::new(optimizer, 0.5, 0.25, 7)?),
    ];
    let milestones = [4, 11, 20, 25];
    Ok(Box::new(SequentialLr::new(
        optimizer,
        schedulers,
        &milestones,
    )?))
}

fn optimizers() -> [(&'static str, Box<dyn Optimizer>); 2] {
    let groups = || [2, 3].map(|size| vec![Tensor::zeros([size], FLOAT_CPU)]);
    let adam = |lr| AdamOptions {
        lr,
        ..AdamOptions::default()
    };
    let [first, second] = groups();
    let by_sgd = [(first, sgd(0.1, 0.9, 0.0)), (second, sgd(0.02, 0.9, 0.0))];
    let [first, second] = groups();
    let by_adam = [(first, adam(0.003)), (second, adam(0.02))];
    [
        ("sgd", Box::new(Sgd::with_groups(by_sgd).unwrap())),
        ("adam", Box::new(Adam::with_groups(by_adam).unwrap())),
    ]
}

fn keep(record: &mut Record, name: String, optimizer: &mut dyn Optimizer) {
    let mut values = optimizer.lrs();
    let momenta = optimizer.momenta().expect("both have some");
    values.extend(momenta.into_iter().map(|momentum| *momentum));
    record.keep(name, &Tensor::from_slice(&values));
}

#[test]
fn every_schedule_rounds_as_pytorchs_alone_and_after_others() {
    let reference = reference("lr_schedulers.py", "by_epoch");
    let mut record = Record::default();
    for (schedule, make_scheduler) in SCHEDULERS {
        for (name, mut optimizer) in optimizers() {
            let mut scheduler = make_scheduler(&mut *optimizer).unwrap();
            keep(&mut record, format!("{schedule}.{name}.0"), &mut *optimizer);
            for epoch in 1..=EPOCHS {
                scheduler.step(&mut *optimizer).unwrap();
                let name = format!("{schedule}.{name}.{epoch}");
                keep(&mut record, name, &mut *optimizer);
            }
        }
    }
    record.assert_identical_to(&reference);
}

/// A figure that falls, rises, and stays.
fn figure(epoch: u32) -> f64 {
    let within = [1.0, 0.8, 0.9, 0.79999, 0.8, 0.8, 0.5, 0.7, 0.7, 0.7];
    within[(epoch % 10) as usize] + 0.1 * f64::from(epoch / 10)
}

#[test]
fn a_plateau_is_seen_where_pytorch_sees_one() {
    let options = ReduceLrOnPlateauOptions::default;
    let plateaus = [
        (
            "plateau",
            ReduceLrOnPlateauOptions {
                patience: 2,
                ..options()
            },
        ),
        (
            "plateau.max",
            ReduceLrOnPlateauOptions {
                mode: Mode::Max,
                factor: 0.5,
                patience: 1,
                cooldown: 3,
                min_lr: 0.01,
                ..options()
            },
        ),
        (
            "plateau.abs",
            ReduceLrOnPlateauOptions {
                threshold: 0.05,
                threshold_mode: ThresholdMode::Abs,
                patience: 0,
                eps: 0.01,
                ..options()
            },
        ),
        (
            "plateau.max_abs",
            ReduceLrOnPlateauOptions {
                mode: Mode::Max,
                threshold: 0.3,
                threshold_mode: ThresholdMode::Abs,
                patience: 3,
                ..options()
            },
        ),
    ];
    let reference = reference("lr_schedulers.py", "on_plateau");
    let mut record = Record::default();
    for (schedule, options) in plateaus {
        for (name, mut optimizer) in optimizers() {
            let mut scheduler = ReduceLrOnPlateau::new(options.clone()).unwrap();
            for epoch in 1..=EPOCHS {
                scheduler.step(figure(epoch), &mut *optimizer).unwrap();
                let name = format!("{schedule}.{name}.{epoch}");
                keep(&mut record, name, &mut *optimizer);
            }
        }
    }
    record.assert_identical_to(&reference);
}

#[test]
fn what_pytorch_refuses_is_refused() {
    let mut optimizer = Adagrad::with_groups([(Vec::new(), AdagradOptions::default())]).unwrap();
    let optimizer = &mut optimizer as &mut dyn Optimizer;
    let cycle = || OneCycleLrOptions::new(0.1, 10);
    let refusals = [
        ConstantLr::new(optimizer, 1.5, 5).map(drop),
        LinearLr::new(optimizer, 0.0, 1.0, 5).map(drop),
        LinearLr::new(optimizer, 0.5, -1.0, 5).map(drop),
        StepLr::new(optimizer, 0, 0.1).map(drop),
        CosineAnnealingLr::new(optimizer, 0, 0.0).map(drop),
        OneCycleLr::new(optimizer, OneCycleLrOptions::new(0.1, 0)).map(drop),
        OneCycleLr::new(optimizer, cycle()).map(drop),
        SequentialLr::new(optimizer, Vec::new(), &[]).map(drop),
    ];
    for (index, refusal) in refusals.into_iter().enumerate() {
        let error = refusal.expect_err(&index.to_string());
        assert_eq!(error.to_string().lines().count(), 1);
    }
    let options = ReduceLrOnPlateauOptions {
        factor: 1.0,
        ..ReduceLrOnPlateauOptions::default()
    };
    ReduceLrOnPlateau::new(options).unwrap_err();

    let options = OneCycleLrOptions {
        cycle_momentum: false,
        ..cycle()
    };
    let mut scheduler = OneCycleLr::new(optimizer, options).unwrap();
    for _step in 0..10 {
        scheduler.step(optimizer).unwrap();
    }
    let error = scheduler.step(optimizer).unwrap_err();
    assert_eq!(error, LrSchedulerError::Finished { total_steps: 10 });
}
