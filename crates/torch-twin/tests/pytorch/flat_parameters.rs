//! Optimisers update parameters as one where they can, and nobody sees it but by the clock.

use tch::{Device, Kind, Tensor};
use torch_twin::Generator;
use torch_twin::optim::{
    Adadelta, AdadeltaOptions, Adagrad, AdagradOptions, Adam, AdamOptions, AdamW, AdamWOptions,
    Optimizer, RmsProp, RmsPropOptions, Sgd,
};

use crate::common::{assert_identical, sgd};

type MakeOptimizer = fn(Vec<Tensor>) -> Box<dyn Optimizer>;

const OPTIMIZERS: [MakeOptimizer; 8] = [
    |parameters| Box::new(Adam::new(parameters, adam(0.01, 0.0)).unwrap()),
    |parameters| Box::new(Adam::new(parameters, adam(0.003, 0.02)).unwrap()),
    |parameters| Box::new(AdamW::new(parameters, adamw(0.01, 0.05)).unwrap()),
    |parameters| Box::new(Sgd::new(parameters, sgd(0.07, 0.0, 0.01)).unwrap()),
    |parameters| Box::new(Sgd::new(parameters, sgd(0.03, 0.9, 0.01)).unwrap()),
    |parameters| Box::new(RmsProp::new(parameters, RmsPropOptions::default()).unwrap()),
    |parameters| Box::new(Adagrad::new(parameters, AdagradOptions::default()).unwrap()),
    |parameters| Box::new(Adadelta::new(parameters, AdadeltaOptions::default()).unwrap()),
];
const SHAPES: [&[i64]; 7] = [
    &[6, 1, 5, 5],
    &[6],
    &[],
    &[1],
    &[33, 7],
    &[120, 16, 5, 5],
    &[84],
];

fn adam(lr: f64, weight_decay: f64) -> AdamOptions {
    AdamOptions {
        lr,
        weight_decay,
        ..AdamOptions::default()
    }
}

fn adamw(lr: f64, weight_decay: f64) -> AdamWOptions {
    AdamWOptions {
        lr,
        weight_decay,
        ..AdamWOptions::default()
    }
}

fn normal(shape: &[i64], generator: &mut Generator) -> Tensor {
    let mut tensor = Tensor::empty(shape, (Kind::Float, Device::Cpu));
    generator.normal_(&mut tensor, 0.0, 1.0).unwrap();
    tensor
}

fn parameters() -> Vec<Tensor> {
    let mut generator = Generator::manual_seed(5);
    let parameters = SHAPES.map(|shape| normal(shape, &mut generator).set_requires_grad(true));
    parameters.into()
}

/// Gradients of ordinary values with some that are special, the same for the same step.
fn backward(optimizer: &mut dyn Optimizer, step: u64, is_used: impl Fn(usize) -> bool) {
    let mut generator = Generator::manual_seed(step);
    optimizer.zero_grad().unwrap();
    let mut loss = Tensor::zeros([], (Kind::Float, Device::Cpu));
    for (index, parameter) in optimizer.parameters().iter().enumerate() {
        let factors = normal(&parameter.size(), &mut generator);
        for (start, value) in [(3, 0.0), (5, -0.0), (11, 1e-42), (17, 1e30), (29, -1e-30)] {
            let _ = factors.view([-1]).slice(0, start, None, 31).fill_(value);
        }
        if is_used(index) {
            loss += (parameter * factors).sum(Kind::Float);
        }
    }
    loss.backward();
}

fn are_side_by_side(parameters: &[Tensor]) -> bool {
    let distances = parameters.windows(2).map(|pair| {
        let [first, second] = [&pair[0], &pair[1]].map(|tensor| tensor.data_ptr() as usize);
        second.wrapping_sub(first)
    });
    let sizes = parameters.iter().map(|tensor| 4 * tensor.numel());
    distances
        .zip(sizes)
        .all(|(distance, size)| distance == size.next_multiple_of(64))
}

fn assert_equal_states(expected: &dyn Optimizer, actual: &dyn Optimizer) {
    for (expected, actual) in expected.parameters().iter().zip(actual.parameters()) {
        assert_identical("parameter", expected, actual);
    }
    let (expected, actual) = (expected.state_dict(), actual.state_dict());
    assert!(expected.keys().eq(actual.keys()));
    for (key, tensor) in &expected {
        assert_identical(key, tensor, &actual[key]);
    }
}

#[test]
fn parameters_that_are_updated_as_one_get_the_bits_of_each_by_itself() {
    for threads in [1, 2] {
        tch::set_num_threads(threads);
        for make_optimizer in OPTIMIZERS {
            let mut flat = make_optimizer(parameters());
            let mut apart = make_optimizer(parameters());
            // Whose memory another tensor sees stays where it is.
            let _seen = apart.parameters()[0].detach();
            for step in 1..=40 {
                for optimizer in [&mut flat, &mut apart] {
                    backward(&mut **optimizer, step, |_| true);
                    optimizer.step().unwrap();
                }
                assert_equal_states(&*apart, &*flat);
            }
            assert!(are_side_by_side(flat.parameters()));
            assert!(!are_side_by_side(apart.parameters()));
        }
    }
}

#[test]
fn a_parameter_without_a_gradient_rests_and_goes_on_with_steps_of_its_own() {
    for make_optimizer in OPTIMIZERS {
        let mut flat = make_optimizer(parameters());
        let mut apart = make_optimizer(parameters());
        let _seen = apart.parameters()[0].detach();
        for step in 1..=12 {
            for optimizer in [&mut flat, &mut apart] {
                backward(&mut **optimizer, step, |index| index != 4 || step % 4 > 0);
                optimizer.step().unwrap();
            }
            assert_equal_states(&*apart, &*flat);
        }
    }
}

#[test]
fn a_tensor_that_shares_a_parameters_memory_follows_it() {
    let mut optimizer = Adam::new(parameters(), adam(0.01, 0.0)).unwrap();
    let before = optimizer.parameters()[1].detach();
    backward(&mut optimizer, 1, |_| true);
    optimizer.step().unwrap();
    let parameter = optimizer.parameters()[1].shallow_clone();
    assert_eq!(before, parameter.detach());
    drop(before);

    backward(&mut optimizer, 2, |_| true);
    optimizer.step().unwrap();
    assert!(are_side_by_side(optimizer.parameters()));
    let between = parameter.detach();
    backward(&mut optimizer, 3, |_| true);
    optimizer.step().unwrap();
    assert_eq!(between, parameter.detach());
}

#[test]
fn a_graph_from_before_a_step_cannot_be_gone_back_through() {
    let mut optimizer = Adam::new(parameters(), adam(0.01, 0.0)).unwrap();
    backward(&mut optimizer, 1, |_| true);
    let loss = optimizer.parameters()[1].square().sum(Kind::Float);
    optimizer.step().unwrap();
    assert!(are_side_by_side(optimizer.parameters()));
    let loss_of_flat = optimizer.parameters()[1].square().sum(Kind::Float);
    backward(&mut optimizer, 2, |_| true);
    optimizer.step().unwrap();
    for loss in [loss, loss_of_flat] {
        let error = loss.f_backward().unwrap_err().to_string();
        assert!(
            error.contains("modified by an inplace operation"),
            "{error}"
        );
    }
}

#[test]
fn a_parameter_that_is_there_twice_or_was_moved_is_trained_where_it_is() {
    let weight = Tensor::ones([3], (Kind::Float, Device::Cpu)).set_requires_grad(true);
    let twice = vec![weight.shallow_clone(), weight.shallow_clone()];
    let mut optimizer = Sgd::new(twice, sgd(0.25, 0.0, 0.0)).unwrap();
    for expected in [0.5, 0.0] {
        optimizer.zero_grad().unwrap();
        weight.sum(Kind::Float).backward();
        optimizer.step().unwrap();
        assert_eq!(Vec::<f32>::try_from(&weight).unwrap(), [expected; 3]);
    }

    let mut optimizer = Sgd::new(parameters(), sgd(0.25, 0.9, 0.0)).unwrap();
    backward(&mut optimizer, 1, |_| true);
    optimizer.step().unwrap();
    let mut moved = optimizer.parameters()[2].shallow_clone();
    moved.set_data(&Tensor::from(7_f32));
    optimizer.zero_grad().unwrap();
    let all = optimizer.parameters().iter();
    let loss: Tensor = all
        .map(|parameter| (parameter * 0.0).sum(Kind::Float))
        .sum();
    (loss + &moved * 4.0).backward();
    let _ = optimizer.state_dict()["2.momentum_buffer"]
        .shallow_clone()
        .fill_(0.0);
    optimizer.step().unwrap();
    assert_eq!(moved.double_value(&[]), 6.0);
}
