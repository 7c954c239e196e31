//! Optimisers, schedulers and recorders.

use tch::{Device, Kind, Tensor, kind::FLOAT_CPU};
use torch_twin::nn::{ForwardPass, Linear, Module};
use torch_twin::optim::lr_scheduler::{
    Anneal, ConstantLr, CosineAnnealingLr, ExponentialLr, LambdaLr, LinearLr, LrScheduler, Mode,
    MultiStepLr, OneCycleLr, OneCycleLrOptions, ReduceLrOnPlateau, ReduceLrOnPlateauOptions,
    Restartable, SequentialLr, StepLr, ThresholdMode,
};
use torch_twin::optim::{
    Adadelta, AdadeltaOptions, Adagrad, AdagradOptions, Adam, AdamOptions, AdamW, AdamWOptions,
    Adamax, AdamaxOptions, Asgd, AsgdOptions, Lbfgs, LbfgsOptions, LineSearch, NAdam, NAdamOptions,
    Optimizer, RAdam, RAdamOptions, RmsProp, RmsPropOptions, Rprop, RpropOptions, Sgd, SgdOptions,
};
use torch_twin::trace::{self, Digest, Form, Recorder, Settings, Stage, Trace, Writer, settings};
use torch_twin::{Array, Tensors, TorchError};

use super::attempt::{Attempts, Case};
use super::values::{NAMES, NUMBERS, tensors};

fn sgd() -> Sgd {
    let options = SgdOptions {
        momentum: 0.9,
        ..SgdOptions::default()
    };
    Sgd::new(vec![Tensor::zeros([3], FLOAT_CPU)], options).unwrap()
}

/// Three steps of an optimiser whose parameter has a gradient.
fn steps(optimizer: &mut dyn Optimizer) {
    for _step in 0..3 {
        let _ = optimizer.zero_grad();
        for parameter in optimizer.parameters() {
            let loss = parameter
                .f_sin()
                .and_then(|x| x.f_abs()?.f_sum(Kind::Float));
            let _ = loss.and_then(|loss| loss.f_backward());
        }
        let _ = optimizer.step();
    }
    let _ = (
        optimizer.lr(),
        optimizer.state_keys(),
        optimizer.state_dict(),
    );
}

/// Optimisers of one parameter, of which one option after another is `number` from the second step on.
fn with_numbers(attempts: &mut Attempts, number: f64, parameter: impl Fn() -> Tensor) {
    macro_rules! each {
        ($($Optimizer:ident, $Options:ident: $($option:ident),*;)*) => {$($({
            attempts.call((stringify!($Options), stringify!($option), number), || {
                let Ok(mut made) = $Optimizer::new(vec![parameter()], $Options::default()) else {
                    return;
                };
                steps(&mut made);
                made.options_mut().for_each(|options| options.$option = number);
                steps(&mut made);
            });
            attempts.call((stringify!($Options), stringify!($option), number), || {
                let options = $Options { $option: number, ..$Options::default() };
                $Optimizer::with_groups([(vec![parameter()], options)])
                    .map(|mut made| steps(&mut made))
            });
        })*)*};
    }
    each! {
        Sgd, SgdOptions: lr, momentum, dampening, weight_decay;
        Adam, AdamOptions: lr, eps, weight_decay;
        AdamW, AdamWOptions: lr, eps, weight_decay;
        RmsProp, RmsPropOptions: lr, alpha, eps, weight_decay, momentum;
        Adagrad, AdagradOptions: lr, lr_decay, weight_decay, initial_accumulator_value, eps;
        Adadelta, AdadeltaOptions: lr, rho, eps, weight_decay;
        Adamax, AdamaxOptions: lr, eps, weight_decay;
        NAdam, NAdamOptions: lr, eps, weight_decay, momentum_decay;
        RAdam, RAdamOptions: lr, eps, weight_decay;
        Asgd, AsgdOptions: lr, lambd, alpha, t0, weight_decay;
        Rprop, RpropOptions: lr;
    }
}

/// Steps of L-BFGS with these options.
fn minimize(parameter: Tensor, options: &LbfgsOptions) {
    let own = parameter.shallow_clone();
    let Ok(mut made) = Lbfgs::new(vec![parameter], options.clone()) else {
        return;
    };
    for _step in 0..2 {
        let closure = &mut || {
            let loss = own.f_sin()?.f_abs()?.f_sum(Kind::Float)?;
            loss.f_backward()?;
            Ok(loss)
        };
        let _ = made.step_with(closure);
        made.options_mut().history_size /= 2;
    }
    let state = made.state_dict();
    let _ = (made.step().err(), made.load_state_dict(&state).err());
    for name in state.keys() {
        for tensor in tensors() {
            let mut state = made.state_dict();
            state.insert(name.clone(), tensor);
            let _ = made.load_state_dict(&state);
        }
    }
}

fn minimize_with_numbers(attempts: &mut Attempts) {
    let parameter = || Tensor::ones([3], FLOAT_CPU).set_requires_grad(true);
    for line_search in [None, Some(LineSearch::StrongWolfe)] {
        let default = || LbfgsOptions {
            line_search,
            ..LbfgsOptions::default()
        };
        for index in 0..tensors().len() {
            attempts.call(index, || {
                minimize(tensors().swap_remove(index), &default());
            });
        }
        for number in NUMBERS {
            let changes: [fn(&mut LbfgsOptions, f64); 3] = [
                |options, number| options.lr = number,
                |options, number| options.tolerance_grad = number,
                |options, number| options.tolerance_change = number,
            ];
            for (place, change) in changes.iter().enumerate() {
                let mut options = default();
                change(&mut options, number);
                attempts.call((place, number), || minimize(parameter(), &options));
            }
        }
        for (max_iter, max_eval, history_size) in [
            (0, None, 1),
            (3, Some(0), 1),
            (3, Some(u64::MAX), 0),
            (3, Some(1), usize::MAX),
        ] {
            let options = LbfgsOptions {
                max_iter,
                max_eval,
                history_size,
                ..default()
            };
            attempts.call((max_iter, max_eval, history_size), || {
                minimize(parameter(), &options);
            });
        }
    }
}

/// Options that ask for a state which was not kept before.
fn turn_on(attempts: &mut Attempts) {
    let parameter = || vec![Tensor::ones([3], FLOAT_CPU).set_requires_grad(true)];
    attempts.call("amsgrad", || {
        let mut made = Adam::new(parameter(), AdamOptions::default()).unwrap();
        steps(&mut made);
        made.options_mut()
            .for_each(|options| options.amsgrad = true);
        assert!(made.step().is_err());
    });
    attempts.call("centered", || {
        let mut made = RmsProp::new(parameter(), RmsPropOptions::default()).unwrap();
        steps(&mut made);
        made.options_mut()
            .for_each(|options| options.centered = true);
        assert!(made.step().is_err());
    });
    attempts.call("amsgrad of some", || {
        let two = [parameter(), parameter()].concat_tensors();
        let mut made = Adam::new(
            two,
            AdamOptions {
                amsgrad: true,
                ..AdamOptions::default()
            },
        );
        let made = made.as_mut().unwrap();
        made.parameters()[0].sum(Kind::Float).backward();
        let _ = made.step();
        made.options_mut()
            .for_each(|options| options.amsgrad = false);
        let _ = made.zero_grad();
        made.parameters()[1].sum(Kind::Float).backward();
        let _ = made.step();
        steps(made);
    });
    attempts.call("moved", || {
        let mut made = Adam::new(parameter(), AdamOptions::default()).unwrap();
        steps(&mut made);
        made.parameters()[0]
            .shallow_clone()
            .set_data(&Tensor::ones([5], FLOAT_CPU));
        assert!(made.step().is_err());
        steps(&mut made);
    });
}

trait ConcatTensors {
    fn concat_tensors(self) -> Vec<Tensor>;
}

impl<const N: usize> ConcatTensors for [Vec<Tensor>; N] {
    fn concat_tensors(self) -> Vec<Tensor> {
        self.into_iter().flatten().collect()
    }
}

/// Steps of a scheduler, alone and as one of two.
fn schedule<S: Restartable + 'static, E>(make: impl Fn(&mut dyn Optimizer) -> Result<S, E>) {
    let mut optimizer = sgd();
    if let Ok(mut scheduler) = make(&mut optimizer) {
        for _step in 0..5 {
            let _ = scheduler.step(&mut optimizer);
        }
        scheduler.undo_initial_step();
        scheduler.undo_initial_step();
        let _ = (
            scheduler.initial_step(&mut optimizer),
            scheduler.restart(&mut optimizer),
        );
    }
    let mut two = || -> Result<_, E> {
        let schedulers: Vec<Box<dyn Restartable>> = vec![
            Box::new(make(&mut optimizer)?),
            Box::new(make(&mut optimizer)?),
        ];
        Ok(schedulers)
    };
    if let Ok(schedulers) = two()
        && let Ok(mut sequence) = SequentialLr::new(&mut optimizer, schedulers, &[2])
    {
        for _step in 0..5 {
            let _ = sequence.step(&mut optimizer);
        }
    }
}

pub const CASES: &[Case] = &[
    (
        "Lbfgs::new Lbfgs::options_mut Optimizer::step_with",
        |attempts| {
            minimize_with_numbers(attempts);
            attempts.call("closure", || {
                let mut fail = || -> Result<Tensor, TorchError> { Err(TorchError::new("no loss")) };
                sgd().step_with(&mut fail).err()
            });
        },
    ),
    (
        "GroupedOptimizer::new GroupedOptimizer::with_groups GroupedOptimizer::options_mut \
         Optimizer::parameters Optimizer::zero_grad Optimizer::step Optimizer::lr \
         Optimizer::state_keys Optimizer::state_dict",
        |attempts| {
            for index in 0..tensors().len() {
                with_numbers(attempts, 0.5, || tensors().swap_remove(index));
            }
            for number in NUMBERS {
                for kind in [Kind::Float, Kind::Half] {
                    with_numbers(attempts, number, || {
                        Tensor::ones([3], (kind, Device::Cpu)).set_requires_grad(true)
                    });
                }
            }
            turn_on(attempts);
            attempts.call("none", || Sgd::new(Vec::new(), SgdOptions::default()).err());
        },
    ),
    (
        "Optimizer::lrs Optimizer::set_lrs Optimizer::set_lr Optimizer::initial_lrs \
         Optimizer::set_initial_lrs Optimizer::momenta Optimizer::load_state_dict",
        |attempts| {
            let optimizer = &mut sgd();
            for number in NUMBERS {
                for count in [0, 1, 2] {
                    let lrs = vec![number; count];
                    attempts.call(&lrs, || optimizer.set_lrs(&lrs).is_ok());
                    attempts.call(&lrs, || optimizer.set_initial_lrs(&lrs).is_ok());
                }
                attempts.call(number, || optimizer.set_lr(number));
                attempts.call(number, || (optimizer.lrs(), optimizer.initial_lrs()));
                attempts.call(number, || optimizer.momenta().map(|all| all.len()));
            }
            for name in NAMES
                .into_iter()
                .chain(["0.momentum_buffer", "0.step", "99.step"])
            {
                for (index, tensor) in tensors().into_iter().enumerate() {
                    let state = Tensors::from([(name.to_owned(), tensor)]);
                    attempts.call((name, index), || optimizer.load_state_dict(&state).err());
                    let parameters = vec![Tensor::zeros([3], FLOAT_CPU)];
                    let mut adam = Adam::new(parameters, AdamOptions::default()).unwrap();
                    attempts.call((name, index), || adam.load_state_dict(&state).err());
                }
            }
        },
    ),
    (
        "ConstantLr::new CosineAnnealingLr::new ExponentialLr::new LambdaLr::new LinearLr::new \
         MultiStepLr::new StepLr::new LrScheduler::step Restartable::undo_initial_step \
         Restartable::initial_step Restartable::restart SequentialLr::new",
        |attempts| {
            for a in NUMBERS {
                for count in [0, 1, 2, u32::MAX] {
                    let with = (a, count);
                    attempts.call(with, || schedule(|o| ConstantLr::new(o, a, count)));
                    attempts.call(with, || schedule(|o| CosineAnnealingLr::new(o, count, a)));
                    attempts.call(with, || schedule(|o| ExponentialLr::new(o, a)));
                    attempts.call(with, || schedule(|o| LambdaLr::new(o, move |_| a)));
                    attempts.call(with, || schedule(|o| StepLr::new(o, count, a)));
                    let milestones = [count, 0, 2];
                    attempts.call(with, || schedule(|o| MultiStepLr::new(o, &milestones, a)));
                    for b in NUMBERS {
                        attempts.call((a, b), || schedule(|o| LinearLr::new(o, a, b, count)));
                    }
                }
            }
            attempts.call("none", || {
                SequentialLr::new(&mut sgd(), Vec::new(), &[]).err()
            });
            attempts.call("none", || {
                SequentialLr::new(&mut sgd(), Vec::new(), &[1]).err()
            });
            attempts.call("another optimiser", || {
                let mut scheduler = StepLr::new(&mut sgd(), 1, 0.5).unwrap();
                let groups = [
                    (Vec::new(), SgdOptions::default()),
                    (Vec::new(), SgdOptions::default()),
                ];
                let mut other = Sgd::with_groups(groups).unwrap();
                assert!(scheduler.step(&mut other).is_err());
            });
        },
    ),
    (
        "OneCycleLrOptions::new OneCycleLr::new ReduceLrOnPlateau::new ReduceLrOnPlateau::step",
        |attempts| {
            for a in NUMBERS {
                for b in NUMBERS {
                    for total_steps in [0, 1, 2, 4, u64::MAX] {
                        let options = OneCycleLrOptions {
                            pct_start: a.min(1.0),
                            div_factor: b,
                            final_div_factor: a,
                            base_momentum: b,
                            max_momentum: a,
                            anneal_strategy: Anneal::Linear,
                            three_phase: total_steps % 2 == 0,
                            ..OneCycleLrOptions::new(a, total_steps)
                        };
                        attempts.call((a, b, total_steps), || {
                            schedule(|o| OneCycleLr::new(o, options.clone()))
                        });
                    }
                    let options = ReduceLrOnPlateauOptions {
                        mode: Mode::Max,
                        factor: a,
                        patience: 0,
                        threshold: b,
                        threshold_mode: ThresholdMode::Abs,
                        cooldown: u32::MAX,
                        min_lr: b,
                        eps: a,
                    };
                    attempts.call((a, b), || {
                        ReduceLrOnPlateau::new(options).map(|mut scheduler| {
                            [a, b, a].map(|figure| scheduler.step(figure, &mut sgd()).is_ok())
                        })
                    });
                }
            }
        },
    ),
    (
        "Recorder::digest_above Recorder::only_steps Recorder::off Recorder::step Recorder::weights \
         Recorder::save Recorder::arrays Step::of Step::forward Step::output Step::loss Step::gradients Step::optimizer \
         Step::optimizer_state Step::weights",
        |attempts| {
            let folder = tempfile::tempdir().unwrap();
            attempts.refused("undefined", || {
                Recorder::default().step(1).unwrap().loss(&Tensor::new())
            });
            for (index, tensor) in tensors().into_iter().enumerate() {
                for above in [0, usize::MAX] {
                    let mut recorder = Recorder::default().digest_above(above).only_steps([0, 1]);
                    record(attempts, (index, above), &mut recorder, &tensor);
                    let path = folder.path().join("a.trace");
                    attempts.call((index, above), || recorder.save(&path));
                }
                record(attempts, (index, 0), &mut Recorder::off(), &tensor);
            }
            for number in [0, 1, u64::MAX] {
                let mut recorder = Recorder::default();
                attempts.call(number, || recorder.step(number).is_ok());
                attempts.call(number, || recorder.step(number).is_ok());
                attempts.call(number, || recorder.step(0).is_ok());
            }
            recorder_of_names(attempts, folder.path());
        },
    ),
    (
        "Writer::digest_above Writer::only_steps Writer::step Writer::number Writer::is_recording Writer::call \
         Writer::record Writer::changed_weights Writer::learning_rates Writer::arrays Writer::save",
        |attempts| {
            let folder = tempfile::tempdir().unwrap();
            for (above, name) in NAMES.into_iter().enumerate() {
                let mut writer = Writer::default();
                writer.digest_above(above);
                writer.only_steps([0, u64::MAX]);
                for number in [0, 1, u64::MAX, 1] {
                    attempts.call((name, number), || writer.step(number).is_ok());
                    attempts.call(name, || (writer.number(), writer.is_recording()));
                    let array = || Array::from_f32(&[2], &[f32::NAN, 1.0]).unwrap();
                    attempts.call((name, number), || writer.call(name, [array()], []));
                    attempts.call((name, number), || {
                        writer.record(trace::Kind::Loss, name, array())
                    });
                    attempts.call(name, || writer.changed_weights(name, u64::MAX));
                    attempts.call(name, || writer.learning_rates(name, &[f64::NAN]));
                }
                attempts.call(name, || writer.arrays().count());
                let path = folder.path().join(name);
                attempts.call(name, || {
                    writer.save(&path, &Settings::of_program(name)).err()
                });
            }
        },
    ),
    (
        "Trace::open Trace::settings Trace::remarks Trace::stages Trace::form Trace::array Stage::key Form::of Digest::of \
         settings Settings::of_program Settings::iter Settings::from_metadata",
        |attempts| {
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join("a.trace");
            let mut recorder = Recorder::default();
            let loss = Tensor::zeros([2], FLOAT_CPU);
            recorder.step(1).unwrap().loss(&loss).unwrap();
            recorder.save(&path).unwrap();
            let trace = Trace::open(&path).unwrap();
            let own = trace.stages()[0].clone();
            for name in NAMES {
                for number in [0, u64::MAX] {
                    let stage = Stage {
                        step: number,
                        name: name.to_owned(),
                        call: number,
                        index: number,
                        ..own.clone()
                    };
                    attempts.call(name, || stage.key());
                    attempts.call(name, || trace.form(&stage).is_none());
                    attempts.call(name, || trace.array(&stage));
                }
                attempts.call(name, || settings(name).map(|s| s.iter().count()));
                attempts.call(name, || Trace::open(&folder.path().join(name)).err());
            }
            attempts.call("program", || Settings::of_program(""));
            let array = trace.array(&own).unwrap().unwrap();
            attempts.call("form", || (Form::of(&array), Digest::of(&array)));
            attempts.call("remarks", || trace.remarks().notes.len());
            attempts.call("settings", || trace.settings().iter().count());
            attempts.call("none", || Settings::from_metadata(&Default::default()));
        },
    ),
];

/// Records `tensor` as all that a step can record.
fn record(attempts: &mut Attempts, with: (usize, usize), recorder: &mut Recorder, tensor: &Tensor) {
    let bias = Some(tensor.shallow_clone());
    let state_dict = Linear::from_tensors(tensor.shallow_clone(), bias).state_dict();
    attempts.call(with, || recorder.weights(&state_dict));
    let mut step = recorder.step(1).unwrap();
    for name in NAMES {
        let mut step = step.of(name);
        attempts.call(with, || step.loss(tensor));
        attempts.call(with, || step.loss(tensor));
        attempts.call(with, || step.weights(&state_dict));
        attempts.call(with, || step.gradients(&state_dict));
        attempts.call(with, || step.optimizer(&sgd()));
        let state = [(name.to_owned(), tensor.shallow_clone())].into();
        attempts.call(with, || step.optimizer_state(&state, &[f64::NAN]));
    }
    attempts.call(with, || {
        let output = |_: &mut ForwardPass<'_>| Ok(tensor.shallow_clone());
        step.forward(&[tensor], ForwardPass::train(), output)
    });
}

/// Recorders that are written where nothing can be.
fn recorder_of_names(attempts: &mut Attempts, folder: &std::path::Path) {
    for name in NAMES {
        attempts.call(name, || Recorder::default().save(&folder.join(name)).err());
    }
}
