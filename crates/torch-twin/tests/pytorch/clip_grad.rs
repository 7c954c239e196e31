//! Gradients that are clipped, against PyTorch's.

use tch::{Device, Kind, Tensor, kind::FLOAT_CPU};
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

const KINDS: [Kind; 4] = [Kind::Float, Kind::Double, Kind::BFloat16, Kind::Half];
const GRADIENTS: [(&str, &[&[f64]]); 5] = [
    ("empty", &[&[]]),
    ("empty_first", &[&[], &[3.0, 4.0]]),
    ("zeros", &[&[0.0, -0.0]]),
    ("some", &[&[3.0, -4.0], &[0.5]]),
    ("not_finite", &[&[3.0, f64::INFINITY], &[f64::NAN]]),
];

fn with_gradient(values: &[f64], kind: Kind) -> Tensor {
    let parameter = Tensor::zeros([values.len() as i64], (kind, Device::Cpu));
    let parameter = parameter.set_requires_grad(true);
    (&parameter * Tensor::from_slice(values).to_kind(kind))
        .sum(kind)
        .backward();
    parameter
}

fn with_gradients(values: &[&[f64]]) -> Vec<Tensor> {
    let values = values.iter();
    values
        .map(|values| with_gradient(values, Kind::Float))
        .collect()
}

fn keep_gradients(record: &mut Record, name: &str, made: &[Tensor]) {
    for (index, parameter) in made.iter().enumerate() {
        record.keep(format!("{name}.{index}"), &parameter.grad());
    }
}

/// All orders of four things, in the order of Python's `itertools.permutations`.
fn permutations() -> impl Iterator<Item = [usize; 4]> {
    let all = (0..256).map(|number| [64, 16, 4, 1].map(|place| number / place % 4));
    all.filter(|order| (0..4).all(|thing| order.contains(&thing)))
}

#[test]
fn gradients_of_several_types_are_measured_type_by_type_as_in_python() {
    let reference = reference("clip_grad.py", "mixed");
    let mut record = Record::default();
    let alone = (0..4).map(|place| [place; 4]);
    for (number, [a, b, c, d]) in permutations().chain(alone).enumerate() {
        let places = [a, b, c, d, b, a, d];
        let values = [0.5, 0.2, 0.1, 0.7, 0.3, 0.9, 0.4];
        let made = places
            .into_iter()
            .zip(values)
            .map(|(place, value)| with_gradient(&[value, value / 3.0], KINDS[place]));
        let made: Vec<_> = made.collect();
        let norm = clip_grad_norm_(&made, 0.6, 2.0).unwrap();
        record.keep(format!("{number}.norm"), &norm);
        keep_gradients(&mut record, &number.to_string(), &made);
    }
    let three = [(0.5, 0), (0.2, 1), (0.1, 0)];
    let three = three.map(|(value, place)| with_gradient(&[value], KINDS[place]));
    let norm = clip_grad_norm_(&three, 1.0, 2.0).unwrap();
    // In the order of the list it would be 0.5477225577772228.
    assert_eq!(norm.double_value(&[]), 0.5477225577772229);
    record.keep("three", &norm);
    record.assert_identical_to(&reference);
}

/// A float as Python writes it.
fn shown(number: f64) -> String {
    format!("{number:?}").replace("NaN", "nan")
}

#[test]
fn edges_are_taken_and_refused_as_in_python() {
    let (inf, nan) = (f64::INFINITY, f64::NAN);
    let reference = reference("clip_grad.py", "edges");
    let mut record = Record::default();
    for (name, values) in GRADIENTS {
        for norm_type in [inf, -inf, -2.0, -1.0, 0.0, 0.5, 1.0, 2.0, 3.0, nan] {
            let made = with_gradients(values);
            let name = format!("{name}.{}", shown(norm_type));
            let norm = clip_grad_norm_(&made, 1.0, norm_type);
            record.keep(format!("{name}.refused"), &Tensor::from(norm.is_err()));
            if let Ok(norm) = norm {
                record.keep(format!("{name}.norm"), &norm);
            }
            keep_gradients(&mut record, &name, &made);
        }
    }
    for (name, values) in GRADIENTS {
        for length in [-1.0, -0.0, 0.0, inf, nan] {
            for function in ["clip_grad_norm_", "clip_grad_value_"] {
                let made = with_gradients(values);
                let first = made[0].shallow_clone();
                let all: Vec<_> = made
                    .iter()
                    .map(Tensor::shallow_clone)
                    .chain([first])
                    .collect();
                match function {
                    "clip_grad_norm_" => drop(clip_grad_norm_(&all, length, 2.0).unwrap()),
                    _ => clip_grad_value_(&all, length).unwrap(),
                }
                let name = format!("{name}.{}.{function}", shown(length));
                keep_gradients(&mut record, &name, &made);
            }
        }
    }
    record.assert_identical_to(&reference);
}
