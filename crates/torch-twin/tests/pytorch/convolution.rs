//! Convolution against libtorch's own, bit by bit: values, gradients, layouts and refusals.

use tch::{Device, Kind, Tensor};
use torch_twin::nn::{ConvOptions, functional};
use torch_twin::{Generator, TorchError};

use crate::common::assert_identical;

type Convolve = fn(&Tensor, &Tensor, Option<&Tensor>, [i64; 4]) -> Result<Tensor, TorchError>;

/// Stride 1, no padding, dilation 1, one group.
const DEFAULTS: [i64; 4] = [1, 0, 1, 1];

fn libtorchs(
    input: &Tensor,
    weight: &Tensor,
    bias: Option<&Tensor>,
    [stride, padding, dilation, groups]: [i64; 4],
) -> Result<Tensor, TorchError> {
    Ok(input.f_conv2d(weight, bias, stride, padding, dilation, groups)?)
}

fn conv2d(
    input: &Tensor,
    weight: &Tensor,
    bias: Option<&Tensor>,
    [stride, padding, dilation, groups]: [i64; 4],
) -> Result<Tensor, TorchError> {
    let options = ConvOptions {
        stride: [stride; 2],
        padding: [padding; 2],
        dilation: [dilation; 2],
        groups,
    };
    functional::conv2d(input, weight, bias, options)
}

/// Input, weight and bias of a convolution.
struct Example {
    input: Tensor,
    weight: Tensor,
    bias: Tensor,
}

impl Example {
    fn new(batch: i64, [in_channels, out_channels]: [i64; 2], side: i64, kernel: i64) -> Self {
        let mut generator = Generator::manual_seed(3);
        let mut normal = |shape: &[i64]| {
            let mut tensor = Tensor::empty(shape, (Kind::Float, Device::Cpu));
            generator.normal_(&mut tensor, 0.0, 1.0).unwrap();
            tensor
        };
        Self {
            input: normal(&[batch, in_channels, side, side]),
            weight: normal(&[out_channels, in_channels, kernel, kernel]),
            bias: normal(&[out_channels]),
        }
    }

    /// What `convolve` makes of it, and the gradients of its tensors.
    fn results(&self, convolve: Convolve, arguments: [i64; 4]) -> Vec<(&'static str, Tensor)> {
        let leaf = |tensor: &Tensor| tensor.detach().set_requires_grad(true);
        let (input, weight, bias) = (leaf(&self.input), leaf(&self.weight), leaf(&self.bias));
        let output = convolve(&input, &weight, Some(&bias), arguments).unwrap();
        // Each value's gradient is another, and is rounded.
        (output.sin() * &output).sum(output.kind()).backward();
        vec![
            ("output", output.detach()),
            ("input's gradient", input.grad()),
            ("weight's gradient", weight.grad()),
            ("bias's gradient", bias.grad()),
        ]
    }

    fn assert_libtorchs(&self, arguments: [i64; 4]) {
        let expected = self.results(libtorchs, arguments);
        let actual = self.results(conv2d, arguments);
        for ((what, expected), (_, actual)) in expected.into_iter().zip(actual) {
            let name = format!("{what} of {self}, {arguments:?}");
            assert_identical(&name, &expected, &actual);
            assert_eq!(expected.stride(), actual.stride(), "{name}");
        }
    }
}

impl std::fmt::Display for Example {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "{:?} by {:?}", self.input, self.weight)
    }
}

#[test]
fn batches_of_every_size_get_libtorchs_bits_on_one_thread_and_on_more() {
    for threads in [1, 2, 3] {
        tch::set_num_threads(threads);
        for batch in (1..=66).chain([100, 257]) {
            Example::new(batch, [1, 6], 32, 5).assert_libtorchs(DEFAULTS);
            Example::new(batch, [6, 16], 14, 5).assert_libtorchs(DEFAULTS);
            Example::new(batch, [16, 120], 5, 5).assert_libtorchs(DEFAULTS);
        }
    }
    tch::set_num_threads(2);
}

#[test]
fn channels_kernels_and_sides_of_all_kinds_get_libtorchs_bits() {
    for kernel in 1..=7 {
        for channels in [
            [1, 1],
            [1, 7],
            [2, 9],
            [3, 8],
            [5, 33],
            [15, 16],
            [16, 3],
            [20, 17],
        ] {
            for side in kernel..kernel + 13 {
                Example::new(5, channels, side, kernel).assert_libtorchs(DEFAULTS);
            }
        }
    }
}

/// oneDNN sums up the bias's gradient in other parts than the weight's, and a few sums have the same
/// bits in either.
#[test]
fn the_gradients_of_few_output_channels_are_libtorchs() {
    for (threads, batch, channels, height, width, kernel) in [
        (3, 7, [9, 1], 16, 16, 5),
        (2, 11, [15, 1], 5, 9, 3),
        (2, 8, [12, 3], 6, 5, 5),
    ] {
        tch::set_num_threads(threads);
        let square = Example::new(batch, channels, height.max(width), kernel);
        let input = square.input.narrow(2, 0, height).narrow(3, 0, width);
        let input = input.contiguous();
        Example { input, ..square }.assert_libtorchs(DEFAULTS);
    }
    tch::set_num_threads(2);
}

#[test]
fn products_that_underflow_to_a_negative_zero_stay_negative_without_a_bias() {
    let example = Example::new(9, [1, 6], 12, 5);
    let input = example.input.full_like(1e-30);
    let weight = example.weight.full_like(-1e-30);
    let convolved = |convolve: Convolve| convolve(&input, &weight, None, DEFAULTS).unwrap();
    let expected = convolved(libtorchs);
    assert!(bool::try_from(expected.signbit().all()).unwrap());
    assert_identical("output", &expected, &convolved(conv2d));
}

#[test]
fn a_thousand_images_get_libtorchs_bits() {
    let example = Example::new(1000, [1, 6], 32, 5);
    let _no_grad = tch::no_grad_guard();
    let convolved = |convolve: Convolve| {
        convolve(
            &example.input,
            &example.weight,
            Some(&example.bias),
            DEFAULTS,
        )
        .unwrap()
    };
    assert_identical("output", &convolved(libtorchs), &convolved(conv2d));
}

#[test]
fn other_arguments_are_libtorchs() {
    let example = Example::new(4, [4, 8], 12, 3);
    for arguments in [[2, 0, 1, 1], [1, 1, 1, 1], [1, 0, 2, 1], [3, 2, 2, 1]] {
        example.assert_libtorchs(arguments);
    }
    let weight = example.weight.narrow(1, 0, 2);
    Example { weight, ..example }.assert_libtorchs([1, 0, 1, 2]);
}

#[test]
fn other_layouts_and_types_are_libtorchs() {
    let example = || Example::new(4, [6, 16], 14, 5);
    let inputs: [fn(&Tensor) -> Tensor; 5] = [
        |input| input.transpose(2, 3),
        |input| {
            input
                .permute([0, 2, 3, 1])
                .contiguous()
                .permute([0, 3, 1, 2])
        },
        |input| input.narrow(3, 2, 9),
        |input| input.narrow(0, 1, 2),
        |input| input.internal_neg_view(),
    ];
    for change in inputs {
        let input = change(&example().input);
        Example { input, ..example() }.assert_libtorchs(DEFAULTS);
    }
    let weight = example().weight.transpose(2, 3);
    Example {
        weight,
        ..example()
    }
    .assert_libtorchs(DEFAULTS);
    let Example {
        input,
        weight,
        bias,
    } = example();
    let double = Example {
        input: input.to_kind(Kind::Double),
        weight: weight.to_kind(Kind::Double),
        bias: bias.to_kind(Kind::Double),
    };
    double.assert_libtorchs(DEFAULTS);
}

#[test]
fn zeros_subnormal_and_huge_values_get_libtorchs_bits() {
    let special = [0.0, -0.0, 1e-45, -1e-42, 3e-39, 1e38, -3e38, 1.0];
    for (index, value) in special.into_iter().enumerate() {
        let example = Example::new(9, [1, 6], 12, 5);
        let _ = example
            .input
            .view([-1])
            .slice(0, index as i64, None, 7)
            .fill_(value);
        let _ = example
            .weight
            .view([-1])
            .slice(0, index as i64, None, 11)
            .fill_(value);
        let _no_grad = tch::no_grad_guard();
        let convolved = |convolve: Convolve| {
            convolve(
                &example.input,
                &example.weight,
                Some(&example.bias),
                DEFAULTS,
            )
            .unwrap()
        };
        assert_identical("output", &convolved(libtorchs), &convolved(conv2d));
    }
}

#[test]
fn without_a_bias_and_where_only_some_gradients_are_asked_for_the_bits_are_libtorchs() {
    let example = Example::new(64, [1, 6], 32, 5);
    for (of_input, of_weight, of_bias) in [
        (true, false, false),
        (false, true, false),
        (false, false, true),
        (false, true, true),
    ] {
        let gradients = |convolve: Convolve| {
            let leaf = |tensor: &Tensor, wanted| tensor.detach().set_requires_grad(wanted);
            let input = leaf(&example.input, of_input);
            let weight = leaf(&example.weight, of_weight);
            let bias = leaf(&example.bias, of_bias);
            let output = convolve(&input, &weight, Some(&bias), DEFAULTS).unwrap();
            output.square().sum(Kind::Float).backward();
            [input, weight, bias].map(|leaf| leaf.grad())
        };
        for (expected, actual) in gradients(libtorchs).iter().zip(&gradients(conv2d)) {
            assert_eq!(expected.defined(), actual.defined());
            if expected.defined() {
                assert_identical("gradient", expected, actual);
            }
        }
    }
    let convolved =
        |convolve: Convolve| convolve(&example.input, &example.weight, None, DEFAULTS).unwrap();
    assert_identical("output", &convolved(libtorchs), &convolved(conv2d));
}

#[test]
fn a_gradient_of_a_gradient_is_libtorchs() {
    let example = Example::new(3, [1, 6], 9, 5);
    let second = |convolve: Convolve| {
        let input = example.input.detach().set_requires_grad(true);
        let output = convolve(&input, &example.weight, Some(&example.bias), DEFAULTS).unwrap();
        let loss = output.sin().sum(Kind::Float);
        let first = Tensor::run_backward(&[loss], &[&input], true, true);
        first[0].square().sum(Kind::Float).backward();
        input.grad()
    };
    assert_identical("second gradient", &second(libtorchs), &second(conv2d));
}

fn refusal(convolve: Convolve, input: &Tensor, example: &Example) -> String {
    let refused = convolve(input, &example.weight, Some(&example.bias), DEFAULTS);
    refused.unwrap_err().to_string()
}

#[test]
fn what_libtorch_refuses_is_refused_in_its_words() {
    let example = Example::new(2, [3, 4], 8, 5);
    let small = example.input.narrow(2, 0, 4);
    for input in [&small, &example.input.flatten(0, 2)] {
        let libtorchs = refusal(libtorchs, input, &example);
        assert_eq!(refusal(conv2d, input, &example), libtorchs);
    }
}

#[test]
fn wrong_channels_are_told_in_a_short_sentence() {
    let example = Example::new(2, [3, 4], 8, 5);
    let narrow = example.input.narrow(1, 0, 2);
    let words = refusal(conv2d, &narrow, &example);
    assert_eq!(words, "expected 3 channels, got 2");
    refusal(libtorchs, &narrow, &example);
}

#[test]
fn trying_a_shape_draws_no_number_of_the_programs() {
    tch::manual_seed(11);
    let expected = Vec::<f32>::try_from(Tensor::rand([4], (Kind::Float, Device::Cpu))).unwrap();
    tch::manual_seed(11);
    Example::new(7, [3, 5], 21, 3).assert_libtorchs(DEFAULTS);
    let drawn = Vec::<f32>::try_from(Tensor::rand([4], (Kind::Float, Device::Cpu))).unwrap();
    assert_eq!(drawn, expected);
}
