//! Gradients that are clipped, against PyTorch's.

use tch::{Kind, Tensor, kind::FLOAT_CPU};
use torch_twin::Generator;
use torch_twin::nn::utils::{clip_grad_norm_, clip_grad_value_};

use crate::common::{Record, reference};

const SHAPES: [&[i64]; 5] = [&[33], &[5, 7], &[2, 3, 3, 3], &[120, 84], &[4]];
const NORMS: [(f64, f64); 6] = [
    (1.0, 2.0),
    (0.3, 2.0),
    (1000.0, 2.0),
    (0.5, 1.0),
    (0.01, f64::INFINITY),
    (0.7, 3.0),
];

/// The last is never used.
fn parameters() -> Vec<Tensor> {
    let mut generator = Generator::manual_seed(11);
    let made = SHAPES.map(|shape| {
        let mut tensor = Tensor::empty(shape, FLOAT_CPU);
        generator.normal_(&mut tensor, 0.0, 1.0).unwrap();
        tensor.set_requires_grad(true)
    });
    let used = made[..4].iter();
    let loss: Tensor = used
        .map(|parameter| parameter.sin().square().sum(Kind::Float))
        .sum();
    loss.backward();
    made.into()
}

#[test]
fn gradients_are_clipped_to_the_bits_of_pytorch() {
    let reference = reference("clip_grad.py", "clipped");
    let mut record = Record::default();
    for (max_norm, norm_type) in NORMS {
        let made = parameters();
        let norm = clip_grad_norm_(&made, max_norm, norm_type).unwrap();
        let name = format!("{max_norm:?}.{norm_type:?}");
        record.keep(format!("{name}.norm"), &norm);
        for (index, parameter) in made[..4].iter().enumerate() {
            record.keep(format!("{name}.{index}"), &parameter.grad());
        }
        assert!(!made[4].grad().defined());
    }
    for clip_value in [0.1, 0.5, 100.0] {
        let made = parameters();
        clip_grad_value_(&made, clip_value).unwrap();
        for (index, parameter) in made[..4].iter().enumerate() {
            record.keep(format!("value.{clip_value:?}.{index}"), &parameter.grad());
        }
    }
    let unused = Tensor::ones([3], FLOAT_CPU).set_requires_grad(true);
    record.keep("none", &clip_grad_norm_(&[unused], 1.0, 2.0).unwrap());
    record.assert_identical_to(&reference);
}
