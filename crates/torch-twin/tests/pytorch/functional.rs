//! Functions with the arguments that tch leaves out, against PyTorch's.

use tch::{Kind, Tensor};
use torch_twin::TorchError;
use torch_twin::nn::functional::{self, InterpolateMode, OutputSize, PadMode};

use crate::common::observe::{for_each_seed, uniform};
use crate::common::{Record, reference};

/// A copy that `write` has written.
fn in_place(
    a: &Tensor,
    write: impl FnOnce(&mut Tensor) -> Result<(), TorchError>,
) -> Result<Tensor, TorchError> {
    let mut copy = functional::clone(a)?;
    write(&mut copy)?;
    Ok(copy)
}

#[test]
fn functions_with_pytorchs_arguments_are_pytorchs() {
    let reference = reference("functional.py", "arguments");
    let record = for_each_seed(|record, seed, generator| {
        let [a, b, c] = [(); 3].map(|()| uniform(&[7, 19], generator).set_requires_grad(true));
        let ones = Tensor::ones([7, 7], tch::kind::FLOAT_CPU);
        let results = [
            ("add", functional::add(&a, &b, 0.3)),
            ("sub", functional::sub(&a, &b, 1.7)),
            ("addcmul", functional::addcmul(&a, &b, &c, 0.3)),
            ("addcdiv", functional::addcdiv(&a, &b, &c, -0.7)),
            ("addmm", functional::addmm(&ones, &a, &b.tr(), 0.3, 1.1)),
            ("leaky_relu", functional::leaky_relu(&a, 0.3)),
            ("elu", functional::elu(&a, 0.7)),
            ("celu", functional::celu(&a, 0.7)),
            ("hardshrink", functional::hardshrink(&a, 0.4)),
            ("softshrink", functional::softshrink(&a, 0.4)),
            ("hardtanh", functional::hardtanh(&a, -0.4, 0.8)),
            ("softplus", functional::softplus(&a, 2.0, 1.5)),
            ("add_", in_place(&a, |x| functional::add_(x, &b, 0.3))),
            ("sub_", in_place(&a, |x| functional::sub_(x, &b, 1.7))),
            (
                "addcmul_",
                in_place(&a, |x| functional::addcmul_(x, &b, &c, 0.3)),
            ),
            (
                "addcdiv_",
                in_place(&a, |x| functional::addcdiv_(x, &b, &c, -0.7)),
            ),
            (
                "leaky_relu_",
                in_place(&a, |x| functional::leaky_relu_(x, 0.3)),
            ),
            ("elu_", in_place(&a, |x| functional::elu_(x, 0.7))),
            ("celu_", in_place(&a, |x| functional::celu_(x, 0.7))),
            (
                "hardtanh_",
                in_place(&a, |x| functional::hardtanh_(x, -0.4, 0.8)),
            ),
            ("vector_norm", functional::vector_norm(&a, 2.0, None, false)),
            (
                "vector_norm of rows",
                functional::vector_norm(&a, 3.0, Some(&[1]), true),
            ),
            (
                "vector_norm of 1",
                functional::vector_norm(&a, 1.0, Some(&[0]), false),
            ),
        ];
        for (name, result) in results {
            let result = result.unwrap();
            let gradient =
                Tensor::run_backward(&[result.square().sum(Kind::Float)], &[&a], false, false);
            record.keep(format!("{seed}.{name}"), &result);
            record.keep(format!("{seed}.{name}.grad"), &gradient[0]);
        }
    });
    record.assert_identical_to(&reference);
}

/// As `MODES`.
const MODES: [InterpolateMode; 7] = [
    InterpolateMode::Nearest,
    InterpolateMode::NearestExact,
    InterpolateMode::Bilinear {
        align_corners: false,
    },
    InterpolateMode::Bilinear {
        align_corners: true,
    },
    InterpolateMode::Bicubic {
        align_corners: false,
    },
    InterpolateMode::Bicubic {
        align_corners: true,
    },
    InterpolateMode::Area,
];

#[test]
fn pictures_of_another_size_are_pytorchs() {
    let reference = reference("functional.py", "interpolate");
    let sizes = [
        OutputSize::Size([9, 4]),
        OutputSize::ScaleFactor([2.0, 1.5]),
        OutputSize::ScaleFactor([0.7, 0.6]),
    ];
    let record = for_each_seed(|record, seed, generator| {
        for (size_index, size) in sizes.into_iter().enumerate() {
            for (mode_index, mode) in MODES.into_iter().enumerate() {
                let x = uniform(&[2, 3, 7, 5], generator).set_requires_grad(true);
                let result = functional::interpolate(&x, size, mode).unwrap();
                result.square().sum(Kind::Float).backward();
                let name = format!("{seed}.{size_index}.{mode_index}");
                record.keep(&name, &result);
                record.keep(format!("{name}.grad"), &x.grad());
            }
        }
    });
    record.assert_identical_to(&reference);
}

#[test]
fn factors_are_taken_and_refused_as_by_pytorch() {
    let reference = reference("functional.py", "factors");
    let x = Tensor::ones([1, 1, 7, 5], tch::kind::FLOAT_CPU);
    let (nan, inf) = (f64::NAN, f64::INFINITY);
    let factors = [nan, inf, -inf, -1.0, -0.1, 0.0, 0.1, 0.2, 1.0];
    let mut record = Record::default();
    for (index, factor) in factors.into_iter().enumerate() {
        for (mode_index, mode) in MODES.into_iter().enumerate() {
            for (place, by) in [[factor, 1.0], [1.0, factor]].into_iter().enumerate() {
                let name = format!("{index}.{mode_index}.{place}");
                let result = functional::interpolate(&x, OutputSize::ScaleFactor(by), mode);
                record.keep(&name, &Tensor::from(result.is_err()));
                if let Ok(result) = result {
                    let size = Tensor::from_slice(&result.size());
                    record.keep(format!("{name}.size"), &size);
                }
            }
        }
    }
    record.assert_identical_to(&reference);
}

#[test]
fn edges_are_pytorchs() {
    let reference = reference("functional.py", "pad");
    let record = for_each_seed(|record, seed, generator| {
        let x = uniform(&[2, 3, 7, 5], generator);
        let mut keep = |name: &str, pad: &[i64], mode| {
            let padded = functional::pad(&x, pad, mode).unwrap();
            record.keep(format!("{seed}.{name}"), &padded);
        };
        keep("constant", &[1, 2, 0, 3], PadMode::Constant(0.5));
        keep("less", &[-1, 2], PadMode::Constant(0.0));
        keep("reflect", &[1, 2, 3, 0], PadMode::Reflect);
        keep("replicate", &[1, 2, 3, 0], PadMode::Replicate);
        keep("circular", &[1, 2, 3, 0], PadMode::Circular);
    });
    record.assert_identical_to(&reference);
}
