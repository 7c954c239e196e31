//! Pooling against libtorch's own, bit by bit: values, gradients, layouts and refusals.

use tch::{Device, Kind, Tensor};
use torch_twin::nn::functional::{avg_pool2d, max_pool2d};
use torch_twin::{Generator, TorchError};

use crate::common::assert_identical;
use crate::common::special_values::SPECIAL;

type Pool = fn(&Tensor, i64, i64) -> Result<Tensor, TorchError>;

/// Names, our functions and libtorch's.
const POOLS: [(&str, Pool, Pool); 2] = [
    ("average", avg_pool2d, |input, size, stride| {
        Ok(input.f_avg_pool2d(size, stride, 0, false, true, None::<i64>)?)
    }),
    ("maximum", max_pool2d, |input, size, stride| {
        Ok(input.f_max_pool2d(size, stride, 0, 1, false)?)
    }),
];

const WINDOWS: [(i64, i64); 9] = [
    (2, 2),
    (1, 1),
    (1, 3),
    (2, 1),
    (2, 3),
    (3, 2),
    (3, 3),
    (4, 2),
    (5, 4),
];

/// NaNs, the last one signalling. Which of two stays in a sum is the compiler's choice, and which one
/// infinities of both signs make is the machine's: no window has two of these.
const NANS: [u32; 4] = [0x7fc0_0000, 0xffc0_0000, 0xffc0_1234, 0xff80_0001];

/// Values of which one in `1 << rarity` is special; the others are of all signs and many sizes.
fn values(shape: &[i64], rarity: u32, generator: &mut Generator) -> Tensor {
    let mut draws = Tensor::zeros([shape.iter().product()], (Kind::Int64, Device::Cpu));
    generator.random_(&mut draws).unwrap();
    let draws = Vec::<i64>::try_from(&draws).unwrap();
    let to_value = |draw: i64| {
        let (draw, choice) = (draw as u32, (draw >> 32) as usize);
        if choice.trailing_zeros() >= rarity {
            return f32::from_bits(SPECIAL[(choice >> rarity) % SPECIAL.len()]);
        }
        let exponent = 120 + (choice as u32 >> rarity) % 16;
        f32::from_bits((draw & 0x807f_ffff) | (exponent << 23))
    };
    let values: Vec<f32> = draws.into_iter().map(to_value).collect();
    Tensor::from_slice(&values).view(shape)
}

/// What `pool` makes of `input`, and the input's gradient where the output's is `output_grad`.
fn pooled(pool: Pool, input: &Tensor, window: (i64, i64), output_grad: &Tensor) -> [Tensor; 2] {
    let input = input.detach().set_requires_grad(true);
    let output = pool(&input, window.0, window.1).unwrap();
    // The product's gradient is 1 · output_grad, which has the same bits.
    let loss = (&output * output_grad).sum(Kind::Float);
    loss.backward();
    [output.detach(), input.grad()]
}

/// Fails unless values, gradients and layouts of both are those of libtorch's operators.
fn assert_libtorchs(input: &Tensor, window: (i64, i64), output_grad: &Tensor) {
    for (pool_name, ours, libtorchs) in POOLS {
        let expected = pooled(libtorchs, input, window, output_grad);
        let actual = pooled(ours, input, window, output_grad);
        for (index, what) in ["output", "gradient"].iter().enumerate() {
            let name = format!("{pool_name}'s {what} of {input:?}, window {window:?}");
            assert_identical(&name, &expected[index], &actual[index]);
            assert_eq!(expected[index].stride(), actual[index].stride(), "{name}");
        }
    }
}

fn output_shape(shape: &[i64], (size, stride): (i64, i64)) -> Vec<i64> {
    let (outer, plane) = shape.split_at(shape.len() - 2);
    let plane = plane.iter().map(|length| (length - size) / stride + 1);
    outer.iter().copied().chain(plane).collect()
}

/// Values of both and their gradients, special in one of `1 << rarity`.
fn assert_libtorchs_for_values(shape: &[i64], window: (i64, i64), rarity: u32) {
    let mut generator = Generator::manual_seed(7);
    let input = values(shape, rarity, &mut generator);
    let output_grad = values(&output_shape(shape, window), rarity, &mut generator);
    assert_libtorchs(&input, window, &output_grad);
}

#[test]
fn batches_of_every_size_are_pooled_with_libtorchs_bits_on_one_thread_and_on_two() {
    for threads in [1, 2] {
        tch::set_num_threads(threads);
        for batch in 1..=65 {
            for plane in [[6, 28, 28], [16, 10, 10]] {
                let shape = [&[batch], &plane[..]].concat();
                for rarity in [0, 3, 7] {
                    assert_libtorchs_for_values(&shape, (2, 2), rarity);
                }
            }
        }
    }
}

#[test]
fn windows_that_overlap_leave_gaps_or_do_not_divide_the_plane_give_libtorchs_bits() {
    for threads in [1, 2] {
        tch::set_num_threads(threads);
        for window in WINDOWS {
            for [height, width] in [
                [5, 5],
                [5, 6],
                [6, 5],
                [7, 19],
                [28, 28],
                [33, 8],
                [130, 130],
            ] {
                for rarity in [0, 2, 5, 9] {
                    assert_libtorchs_for_values(&[3, 4, height, width], window, rarity);
                    assert_libtorchs_for_values(&[2, height, width], window, rarity);
                }
            }
        }
    }
}

#[test]
fn every_special_value_beside_every_other_gives_libtorchs_bits() {
    for bits in SPECIAL.into_iter().chain(NANS) {
        for other in SPECIAL {
            let pair = Tensor::from_slice(&[f32::from_bits(bits), f32::from_bits(other)]);
            let alternating = |shape: &[i64]| {
                let count: i64 = shape.iter().product();
                pair.repeat([count]).narrow(0, 0, count).view(shape)
            };
            for window in WINDOWS {
                let shape = [1, 2, 8, 12];
                let output_grad = alternating(&output_shape(&shape, window));
                assert_libtorchs(&alternating(&shape), window, &output_grad);
            }
        }
    }
}

#[test]
fn other_layouts_types_and_views_give_libtorchs_values_and_layouts() {
    let mut generator = Generator::manual_seed(8);
    let plain = values(&[4, 6, 12, 12], 4, &mut generator);
    let inputs = [
        plain.to_kind(Kind::Double),
        plain.to_kind(Kind::BFloat16),
        plain.transpose(2, 3),
        plain.permute([0, 3, 1, 2]),
        plain.narrow(3, 1, 8),
        plain.narrow(0, 1, 2),
        plain.narrow(1, 2, 1),
        plain.internal_neg_view(),
        plain.narrow(2, 0, 1).narrow(3, 0, 1),
        plain.view([72, 1, 1, 48]).permute([0, 3, 1, 2]),
        plain.narrow(0, 0, 0),
    ];
    for input in &inputs {
        for window in WINDOWS {
            if input.size()[2] < window.0 || input.size()[3] < window.0 {
                continue;
            }
            let shape = output_shape(&input.size(), window);
            let output_grad = values(&shape, 4, &mut generator).to_kind(input.kind());
            assert_libtorchs(input, window, &output_grad);
        }
    }
}

#[test]
fn gradients_of_other_layouts_give_libtorchs_bits() {
    let mut generator = Generator::manual_seed(9);
    let mut values = |shape: &[i64]| values(shape, 4, &mut generator);
    let input = values(&[4, 6, 12, 12]);
    let output_grads = [
        values(&[1, 1, 1, 1]).expand([4, 6, 6, 6], false),
        values(&[4, 6, 6, 6]).transpose(2, 3),
        values(&[6, 6, 6, 4]).permute([3, 1, 0, 2]),
        values(&[4, 6, 6, 6]).internal_neg_view(),
    ];
    for output_grad in &output_grads {
        for (name, ours, libtorchs) in POOLS {
            let expected = pooled(libtorchs, &input, (2, 2), output_grad);
            let actual = pooled(ours, &input, (2, 2), output_grad);
            assert_identical(name, &expected[1], &actual[1]);
        }
    }
}

#[test]
fn a_gradients_gradient_is_libtorchs() {
    let mut generator = Generator::manual_seed(10);
    let values = values(&[2, 3, 9, 8], 30, &mut generator);
    let gradients = |pool: Pool, (size, stride)| {
        let input = values.copy().set_requires_grad(true);
        let loss = pool(&input, size, stride).unwrap();
        let loss = loss.square().sum(Kind::Float);
        let gradient = Tensor::run_backward(&[loss], &[&input], true, true).remove(0);
        gradient.square().sum(Kind::Float).backward();
        [gradient.detach(), input.grad()]
    };
    for window in WINDOWS {
        for (name, ours, libtorchs) in POOLS {
            let (expected, actual) = (gradients(libtorchs, window), gradients(ours, window));
            assert_identical(name, &expected[0], &actual[0]);
            assert_identical(name, &expected[1], &actual[1]);
        }
    }
}

/// PyTorch's depends on the input, even where it does not depend on the input's values.
#[test]
fn a_gradient_that_is_to_be_differentiated_requires_a_gradient() {
    let values = Tensor::ones([2, 3, 8, 8], (Kind::Float, Device::Cpu));
    for window in WINDOWS {
        for (name, ours, libtorchs) in POOLS {
            let gradients = |pool: Pool| {
                let input = values.copy().set_requires_grad(true);
                let loss = pool(&input, window.0, window.1).unwrap().sum(Kind::Float);
                let gradient = Tensor::run_backward(&[loss], &[&input], true, true).remove(0);
                assert!(gradient.requires_grad(), "{name}, window {window:?}");
                Tensor::run_backward(&[gradient.sum(Kind::Float)], &[&input], false, false)
                    .remove(0)
            };
            assert_identical(name, &gradients(libtorchs), &gradients(ours));
        }
    }
}

#[test]
fn without_gradients_no_graph_is_kept() {
    let mut generator = Generator::manual_seed(11);
    let values = values(&[2, 3, 8, 8], 4, &mut generator);
    let trained = values.copy().set_requires_grad(true);
    for (name, ours, libtorchs) in POOLS {
        let pool = |input: &Tensor| ours(input, 2, 2).unwrap();
        assert!(!pool(&values).requires_grad());
        assert!(pool(&trained).requires_grad());
        let output = tch::no_grad(|| pool(&trained));
        assert!(!output.requires_grad());
        assert_identical(name, &libtorchs(&values, 2, 2).unwrap(), &output);
    }
}

#[test]
fn inputs_and_windows_that_libtorch_refuses_are_refused_in_its_words() {
    let float = |shape: &[i64]| Tensor::zeros(shape, (Kind::Float, Device::Cpu));
    let cases = [
        (float(&[1, 1, 4, 4]), (5, 5)),
        (float(&[1, 1, 8, 4]), (5, 5)),
        (float(&[1, 1, 4, 4]), (0, 1)),
        (float(&[1, 1, 4, 4]), (-2, 2)),
        (float(&[1, 1, 4, 4]), (2, 0)),
        (float(&[1, 1, 4, 4]), (2, -1)),
        (float(&[1, 1, 4, 4]), (i64::MAX, i64::MAX)),
        (float(&[4, 4]), (2, 2)),
        (float(&[1, 1, 1, 4, 4]), (2, 2)),
        (float(&[2, 0, 4, 4]), (2, 2)),
        (float(&[1, 1, 4, 4]).to_kind(Kind::Bool), (2, 2)),
    ];
    for (input, (size, stride)) in cases {
        for (_, ours, libtorchs) in POOLS {
            let expected = libtorchs(&input, size, stride).unwrap_err();
            let actual = ours(&input, size, stride).unwrap_err();
            assert_eq!(actual.to_string(), expected.to_string());
        }
    }
}
