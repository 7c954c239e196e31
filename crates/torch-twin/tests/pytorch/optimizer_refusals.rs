//! Options of optimisers and schedules that are refused, against PyTorch's.

use tch::{Device, Kind, Tensor};
use torch_twin::optim::lr_scheduler::{
    ConstantLr, LinearLr, LrScheduler, LrSchedulerError, OneCycleLr, OneCycleLrOptions,
    ReduceLrOnPlateau, ReduceLrOnPlateauOptions,
};
use torch_twin::optim::{
    Adadelta, AdadeltaOptions, Adagrad, AdagradOptions, Adam, AdamOptions, AdamW, AdamWOptions,
    Adamax, AdamaxOptions, Asgd, AsgdOptions, NAdam, NAdamOptions, Optimizer, RAdam, RAdamOptions,
    RmsProp, RmsPropOptions, Rprop, RpropOptions, Sgd, SgdOptions,
};

use crate::common::{Record, reference};
use crate::optimizer_options::{Made, OPTIMIZERS, boxed};
use crate::refusals::VALUES;

type Groups = Vec<Vec<Tensor>>;

/// Makes an optimiser of one group with one option set to a number.
type MakeWith = fn(Groups, f64) -> Made;

/// Lists an optimiser's options of numbers, each set in turn.
macro_rules! numbers {
    ($Optimizer:ident, $Options:ident: $($option:ident),*) => {
        &[$((stringify!($option), |groups, value| {
            let options = $Options { $option: value, ..$Options::default() };
            let groups = groups.into_iter().map(|parameters| (parameters, options.clone()));
            boxed($Optimizer::with_groups(groups))
        })),*]
    };
}

const NUMBERS: [(&str, &[(&str, MakeWith)]); 11] = [
    (
        "sgd",
        numbers!(Sgd, SgdOptions: lr, momentum, dampening, weight_decay),
    ),
    ("adam", numbers!(Adam, AdamOptions: lr, eps, weight_decay)),
    (
        "adamw",
        numbers!(AdamW, AdamWOptions: lr, eps, weight_decay),
    ),
    (
        "rmsprop",
        numbers!(RmsProp, RmsPropOptions: lr, alpha, eps, weight_decay, momentum),
    ),
    (
        "adagrad",
        numbers!(
            Adagrad,
            AdagradOptions: lr, lr_decay, weight_decay, initial_accumulator_value, eps
        ),
    ),
    (
        "adadelta",
        numbers!(Adadelta, AdadeltaOptions: lr, rho, eps, weight_decay),
    ),
    (
        "adamax",
        numbers!(Adamax, AdamaxOptions: lr, eps, weight_decay),
    ),
    (
        "nadam",
        numbers!(NAdam, NAdamOptions: lr, eps, weight_decay, momentum_decay),
    ),
    (
        "radam",
        numbers!(RAdam, RAdamOptions: lr, eps, weight_decay),
    ),
    (
        "asgd",
        numbers!(Asgd, AsgdOptions: lr, lambd, alpha, t0, weight_decay),
    ),
    ("rprop", numbers!(Rprop, RpropOptions: lr)),
];

fn weight() -> Tensor {
    Tensor::ones([3], (Kind::Float, Device::Cpu)).set_requires_grad(true)
}

/// A refusal, which is said in a line.
fn is_refused<T>(made: Result<T, impl std::error::Error>) -> Tensor {
    let error = made.err().map(|error| error.to_string());
    assert!(
        error.iter().all(|text| text.lines().count() == 1),
        "{error:?}"
    );
    Tensor::from(error.is_some())
}

/// The name of an option of two numbers, two that are good, and what makes an optimiser with others.
type Pair = (
    &'static str,
    (f64, f64),
    fn(Vec<Tensor>, (f64, f64)) -> Made,
);

fn pair_of(name: &str) -> Option<Pair> {
    macro_rules! pair {
        ($Optimizer:ident, $Options:ident, $option:ident, $good:expr) => {
            Some((stringify!($option), $good, |parameters, $option| {
                let options = $Options {
                    $option,
                    ..$Options::default()
                };
                boxed($Optimizer::new(parameters, options))
            }))
        };
    }
    match name {
        "adam" => pair!(Adam, AdamOptions, betas, (0.9, 0.999)),
        "adamw" => pair!(AdamW, AdamWOptions, betas, (0.9, 0.999)),
        "adamax" => pair!(Adamax, AdamaxOptions, betas, (0.9, 0.999)),
        "nadam" => pair!(NAdam, NAdamOptions, betas, (0.9, 0.999)),
        "radam" => pair!(RAdam, RAdamOptions, betas, (0.9, 0.999)),
        "rprop" => pair!(Rprop, RpropOptions, etas, (0.5, 1.2)),
        _ => None,
    }
}

/// Lists of parameters; the first is no group but a list.
fn lists() -> [(&'static str, Groups); 7] {
    let (weight, other) = (weight(), self::weight());
    let clone = Tensor::shallow_clone;
    [
        ("empty_group", vec![vec![]]),
        (
            "two_groups",
            vec![vec![clone(&weight)], vec![clone(&other)]],
        ),
        (
            "in_two_groups",
            vec![vec![clone(&weight)], vec![other, clone(&weight)]],
        ),
        ("twice", vec![vec![clone(&weight), clone(&weight)]]),
        ("computed", vec![vec![&weight * 2]]),
        ("without_gradient", vec![vec![weight.detach()]]),
        (
            "whole_numbers",
            vec![vec![weight.detach().to_kind(Kind::Int64)]],
        ),
    ]
}

#[test]
fn an_optimizer_refuses_what_pytorchs_refuses_and_nothing_else() {
    let reference = reference("optimizer_options.py", "refusals");
    let mut record = Record::default();
    for ((name, numbers), (_, options, make)) in NUMBERS.into_iter().zip(OPTIMIZERS) {
        for (option, make) in numbers {
            for (index, value) in VALUES.into_iter().enumerate() {
                let refused = is_refused(make(vec![vec![weight()]], value));
                record.keep(format!("{name}.{option}.{index}"), &refused);
            }
        }
        for (index, value) in VALUES.into_iter().enumerate() {
            let Some((option, (first, second), make)) = pair_of(name) else {
                continue;
            };
            for (place, pair) in [(value, second), (first, value)].into_iter().enumerate() {
                let refused = is_refused(make(vec![weight()], pair));
                record.keep(format!("{name}.{option}{place}.{index}"), &refused);
            }
        }
        let defaults = vec![false; options];
        record.keep(
            format!("{name}.empty"),
            &is_refused(make(Vec::new(), &defaults)),
        );
        for (case, groups) in lists() {
            let (_, make) = numbers[0];
            record.keep(format!("{name}.{case}"), &is_refused(make(groups, 0.1)));
        }
    }
    for (index, momentum) in VALUES.into_iter().enumerate() {
        for (other_index, dampening) in VALUES.into_iter().enumerate() {
            let options = SgdOptions {
                momentum,
                dampening,
                nesterov: true,
                ..SgdOptions::default()
            };
            let refused = is_refused(Sgd::new(vec![weight()], options));
            record.keep(format!("nesterov.{index}.{other_index}"), &refused);
        }
    }
    record.assert_identical_to(&reference);
}

#[test]
fn what_python_cannot_be_given_is_refused_as_well() {
    let undefined = Sgd::new(vec![weight(), Tensor::new()], SgdOptions::default());
    let error = undefined.err().unwrap().to_string();
    assert_eq!(error, "parameter 1 is an undefined tensor");
    let none: [(Vec<Tensor>, SgdOptions); 0] = [];
    assert!(Sgd::with_groups(none).is_err());

    let mut optimizer = Sgd::new(vec![weight()], SgdOptions::default()).unwrap();
    for lrs in [&[][..], &[0.5, 0.5]] {
        assert!(optimizer.set_lrs(lrs).is_err());
        let error = optimizer.set_initial_lrs(lrs).unwrap_err();
        assert_eq!((error.groups, error.values), (1, lrs.len()));
    }
    assert_eq!(optimizer.lrs(), [0.001]);
    optimizer.set_lrs(&[-1.0]).unwrap();
    assert_eq!(optimizer.lrs(), [-1.0]);
}

type MadeSchedule = Result<Box<dyn LrScheduler>, LrSchedulerError>;
type MakeSchedule = fn(&mut dyn Optimizer, f64) -> MadeSchedule;

const SCHEDULES: [(&str, MakeSchedule); 8] = [
    ("constant", |optimizer, factor| {
        Ok(Box::new(ConstantLr::new(optimizer, factor, 3)?))
    }),
    ("linear.start", |optimizer, factor| {
        Ok(Box::new(LinearLr::new(optimizer, factor, 1.0, 3)?))
    }),
    ("linear.end", |optimizer, factor| {
        Ok(Box::new(LinearLr::new(optimizer, 0.5, factor, 3)?))
    }),
    ("linear.none", |optimizer, factor| {
        Ok(Box::new(LinearLr::new(optimizer, factor, 1.0, 0)?))
    }),
    ("one_cycle.pct_start", |optimizer, pct_start| {
        let options = OneCycleLrOptions {
            pct_start,
            ..OneCycleLrOptions::new(0.1, 4)
        };
        Ok(Box::new(OneCycleLr::new(optimizer, options)?))
    }),
    ("one_cycle.of_two", |optimizer, pct_start| {
        let options = OneCycleLrOptions {
            pct_start,
            ..OneCycleLrOptions::new(0.1, 2)
        };
        Ok(Box::new(OneCycleLr::new(optimizer, options)?))
    }),
    ("one_cycle.div_factor", |optimizer, div_factor| {
        let options = OneCycleLrOptions {
            div_factor,
            ..OneCycleLrOptions::new(0.1, 4)
        };
        Ok(Box::new(OneCycleLr::new(optimizer, options)?))
    }),
    (
        "one_cycle.final_div_factor",
        |optimizer, final_div_factor| {
            let options = OneCycleLrOptions {
                final_div_factor,
                ..OneCycleLrOptions::new(0.1, 4)
            };
            Ok(Box::new(OneCycleLr::new(optimizer, options)?))
        },
    ),
];

/// The first step that fails, from 1; 0 where it is not made, -1 where nothing fails.
fn failing_step(make: MakeSchedule, value: f64) -> i64 {
    let options = SgdOptions {
        momentum: 0.9,
        ..SgdOptions::default()
    };
    let mut optimizer = Sgd::new(vec![weight()], options).unwrap();
    let Ok(mut scheduler) = make(&mut optimizer, value) else {
        return 0;
    };
    let failing = (1..=6).find(|_| scheduler.step(&mut optimizer).is_err());
    failing.unwrap_or(-1)
}

#[test]
fn a_schedule_fails_where_pytorchs_fails() {
    let reference = reference("optimizer_options.py", "schedules");
    let mut record = Record::default();
    for (name, make) in SCHEDULES {
        for (index, value) in VALUES.into_iter().enumerate() {
            let step = Tensor::from(failing_step(make, value));
            record.keep(format!("{name}.{index}"), &step);
        }
    }
    for (index, factor) in VALUES.into_iter().enumerate() {
        let options = ReduceLrOnPlateauOptions {
            factor,
            ..ReduceLrOnPlateauOptions::default()
        };
        let refused = is_refused(ReduceLrOnPlateau::new(options));
        record.keep(format!("plateau.{index}"), &refused);
    }
    record.assert_identical_to(&reference);
}
