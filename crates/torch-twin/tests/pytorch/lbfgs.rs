//! L-BFGS against PyTorch's: parameters, state, losses and evaluations, step by step.

use std::cell::Cell;

use tch::{Device, Kind, Tensor};
use torch_twin::optim::{Lbfgs, LbfgsOptions, LineSearch, Optimizer, OptimizerStateError};
use torch_twin::{Generator, TorchError};

use crate::common::{Record, assert_identical, reference};

fn options() -> [(&'static str, LbfgsOptions); 7] {
    let default = LbfgsOptions::default;
    let wolfe = || LbfgsOptions {
        line_search: Some(LineSearch::StrongWolfe),
        ..default()
    };
    [
        ("default", default()),
        (
            "short",
            LbfgsOptions {
                lr: 0.1,
                max_iter: 5,
                history_size: 3,
                ..default()
            },
        ),
        ("wolfe", wolfe()),
        (
            "wolfe.short",
            LbfgsOptions {
                lr: 0.5,
                max_iter: 4,
                max_eval: Some(7),
                history_size: 2,
                ..wolfe()
            },
        ),
        (
            "wolfe.loose",
            LbfgsOptions {
                tolerance_grad: 1e-2,
                tolerance_change: 1e-3,
                ..wolfe()
            },
        ),
        (
            "wolfe.far",
            LbfgsOptions {
                lr: 50.0,
                ..wolfe()
            },
        ),
        (
            "wolfe.near",
            LbfgsOptions {
                lr: 0.02,
                ..wolfe()
            },
        ),
    ]
}

const SHAPES: [&[i64]; 4] = [&[33], &[5, 7], &[2], &[4]];
const KINDS: [(&str, [Kind; 4]); 3] = [
    ("f32", [Kind::Float; 4]),
    ("f64", [Kind::Double; 4]),
    (
        "mixed",
        [Kind::Float, Kind::Double, Kind::Float, Kind::Float],
    ),
];
type Loss = fn(&Tensor) -> Result<Tensor, TorchError>;
const LOSSES: [(&str, Loss); 2] = [
    ("valley", |x| {
        let (next, last) = (x.f_slice(0, 1, None, 1)?, x.f_slice(0, None, -1, 1)?);
        let curve = next.f_sub(&last.f_square()?)?.f_square()?.f_sum(None)?;
        let slope = x.f_sub_scalar(1.0)?.f_square()?.f_sum(None)?;
        Ok(curve.f_mul_scalar(100.0)?.f_add(&slope)?)
    }),
    ("waves", |x| {
        let waves = x.f_mul_scalar(3.0)?.f_sin()?.f_sum(None)?;
        Ok(waves.f_add(&x.f_square()?.f_sum(None)?)?)
    }),
];
const STEPS: i64 = 6;

fn initial_parameters(kinds: [Kind; 4]) -> Vec<Tensor> {
    let mut generator = Generator::manual_seed(5);
    let parameters = SHAPES.iter().zip(kinds).map(|(shape, kind)| {
        let mut tensor = Tensor::empty(*shape, (kind, Device::Cpu));
        generator.normal_(&mut tensor, 0.0, 1.0).unwrap();
        tensor.set_requires_grad(true)
    });
    parameters.collect()
}

/// The sum of the losses of all parameters but the last, which has no gradient.
fn step(optimizer: &mut Lbfgs, loss: Loss, evaluations: &Cell<i64>) -> Tensor {
    let parameters: Vec<Tensor> = optimizer
        .parameters()
        .iter()
        .map(Tensor::shallow_clone)
        .collect();
    let closure = &mut || {
        evaluations.set(evaluations.get() + 1);
        let mut total = loss(&parameters[0].f_reshape([-1])?)?;
        for parameter in &parameters[1..parameters.len() - 1] {
            total = total.f_add(&loss(&parameter.f_reshape([-1])?)?)?;
        }
        total.f_backward()?;
        Ok(total)
    };
    optimizer.step_with(closure).unwrap()
}

#[test]
fn it_moves_as_pytorchs() {
    let reference = reference("lbfgs.py", "lbfgs");
    let mut record = Record::default();
    for (of, options) in options() {
        for (kind, kinds) in KINDS {
            for (name, loss) in LOSSES {
                let name = format!("{of}.{kind}.{name}");
                let mut optimizer = Lbfgs::new(initial_parameters(kinds), options.clone()).unwrap();
                let evaluations = Cell::new(0);
                for number in 1..=STEPS {
                    let name = format!("{name}.{number}");
                    let first = step(&mut optimizer, loss, &evaluations);
                    record.keep(format!("{name}.loss"), &first);
                    record.keep(
                        format!("{name}.evaluations"),
                        &Tensor::from(evaluations.get()),
                    );
                    for (index, parameter) in optimizer.parameters().iter().enumerate() {
                        record.keep(format!("{name}.parameter.{index}"), parameter);
                    }
                    for (key, tensor) in optimizer.state_dict() {
                        record.keep(format!("{name}.state.{key}"), &tensor);
                    }
                }
            }
        }
    }
    record.assert_identical_to(&reference);
}

#[test]
fn it_goes_on_from_its_state() {
    for (_, options) in options() {
        let (_, loss) = LOSSES[0];
        let mut whole = Lbfgs::new(initial_parameters([Kind::Float; 4]), options.clone()).unwrap();
        let _ = step(&mut whole, loss, &Cell::new(0));
        let _ = step(&mut whole, loss, &Cell::new(0));
        let parameters = whole.parameters().iter().map(|parameter| {
            let copy = parameter.detach().copy();
            copy.set_requires_grad(true)
        });
        let mut resumed = Lbfgs::new(parameters.collect(), options).unwrap();
        resumed.load_state_dict(&whole.state_dict()).unwrap();
        for optimizer in [&mut whole, &mut resumed] {
            let _ = step(optimizer, loss, &Cell::new(0));
        }
        for (a, b) in whole.parameters().iter().zip(resumed.parameters()) {
            assert_identical("parameter", a, b);
        }
        assert!(whole.state_dict().keys().eq(resumed.state_dict().keys()));
    }
}

#[test]
fn a_state_of_another_optimizer_is_refused() {
    let make = || {
        Lbfgs::new(
            initial_parameters([Kind::Float; 4]),
            LbfgsOptions::default(),
        )
        .unwrap()
    };
    let mut optimizer = make();
    let _ = step(&mut optimizer, LOSSES[0].1, &Cell::new(0));
    let refusal = |name: &str, tensor: Option<Tensor>| {
        let mut state = optimizer.state_dict();
        match tensor {
            Some(tensor) => drop(state.insert(name.to_owned(), tensor)),
            None => drop(state.remove(name)),
        }
        let error: OptimizerStateError = make().load_state_dict(&state).unwrap_err();
        error.to_string()
    };
    assert_eq!(refusal("0.d", None), "0.d is missing (expected shape [74])");
    let short = || Some(Tensor::zeros([3], (Kind::Float, Device::Cpu)));
    assert_eq!(
        refusal("0.d", short()),
        "0.d: expected (Float, [74]), found (Float, [3])"
    );
    assert_eq!(
        refusal("0.ro.x", short()),
        "0.ro.x is not in this optimiser's state"
    );
    assert_eq!(
        refusal("0.exp_avg", short()),
        "0.exp_avg is not in this optimiser's state"
    );
    assert_eq!(
        refusal("0.n_iter", short()),
        "0.n_iter is not a count of steps"
    );
    assert_eq!(
        refusal("0.ro.0", None),
        "0.ro.0 is missing (expected shape [74])"
    );
}

#[test]
fn a_step_without_a_closure_is_an_error() {
    let mut optimizer = Lbfgs::new(
        initial_parameters([Kind::Float; 4]),
        LbfgsOptions::default(),
    )
    .unwrap();
    assert!(optimizer.step().is_err());
}
