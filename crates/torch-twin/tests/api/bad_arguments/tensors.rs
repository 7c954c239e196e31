//! Functions of tensors alone.

use torch_twin::compare::{Tally, Tolerance, compare};
use torch_twin::nn::functional::{InterpolateMode, OutputSize, PadMode};
use torch_twin::nn::{ConvOptions, functional, utils};
use torch_twin::{Array, Dtype, TorchError, printable, sha256, tensor_bytes, to_array, to_tensor};

use super::attempt::Case;
use super::values::{NAMES, NUMBERS, UNDEFINED, beside, number_pairs, pairs, tensors};

pub const CASES: &[Case] = &[
    ("sha256 tensor_bytes", |attempts| {
        for (index, tensor) in tensors().iter().enumerate() {
            attempts.call(index, || tensor_bytes(tensor));
            attempts.call(index, || sha256([tensor]));
        }
        attempts.call("none", || sha256([]));
    }),
    ("compare Comparison::identical", |attempts| {
        let tensors = tensors();
        for (one, other) in pairs() {
            attempts.call((one, other), || {
                compare("", &tensors[one], &tensors[other])
                    .map(|comparison| (comparison.identical(), comparison.to_string()))
            });
            if one.min(other) == UNDEFINED {
                attempts.refused((one, other), || compare("", &tensors[one], &tensors[other]));
            }
        }
    }),
    (
        "Tally::max_ulps Tolerance::is_none Tolerance::is_close",
        |attempts| {
            attempts.call((), || Tally::default().max_ulps());
            for rtol in NUMBERS {
                for atol in NUMBERS {
                    let tolerance = Tolerance { rtol, atol };
                    attempts.call((rtol, atol), || tolerance.is_none());
                    attempts.call((rtol, atol), || tolerance.is_close(rtol, atol));
                }
            }
        },
    ),
    (
        "to_array to_tensor Array::new Array::from_f32 Array::dtype Array::shape Array::bytes Dtype::name Dtype::parse \
         Dtype::torch_name Dtype::size Dtype::is_float",
        |attempts| {
            for (index, tensor) in tensors().iter().enumerate() {
                attempts.call(index, || {
                    to_array("a", tensor).and_then(|array| to_tensor(&array))
                });
                if index == UNDEFINED {
                    attempts.refused(index, || to_array("a", tensor));
                }
            }
            for shape in [vec![], vec![0], vec![2], vec![u64::MAX; 2], vec![1; 65]] {
                for dtype in Dtype::ALL {
                    for bytes in [0, 1, 8] {
                        let array = Array::new(dtype, shape.clone(), vec![0; bytes]);
                        attempts.call((&shape, dtype, bytes), || {
                            array.map(|array| {
                                let parts =
                                    (array.dtype(), array.shape().len(), array.bytes().len());
                                to_tensor(&array).map(|_| parts)
                            })
                        });
                    }
                    attempts.call(dtype, || (dtype.name(), dtype.torch_name(), dtype.size()));
                    attempts.call(dtype, || dtype.is_float());
                }
                attempts.call(&shape, || Array::from_f32(&shape, &[1.0]));
            }
            for name in NAMES {
                attempts.call(name, || Dtype::parse(name));
            }
        },
    ),
    ("TorchError::new printable", |attempts| {
        for name in NAMES {
            attempts.call(name, || TorchError::new(name).to_string());
            attempts.call(name, || printable(name));
        }
    }),
    ("cross_entropy nll_loss tanh relu", |attempts| {
        let tensors = tensors();
        for (one, other) in pairs() {
            let (input, target) = (&tensors[one], &tensors[other]);
            attempts.call((one, other), || functional::cross_entropy(input, target));
            attempts.call((one, other), || functional::nll_loss(input, target));
        }
        for (index, tensor) in tensors.iter().enumerate() {
            attempts.call(index, || functional::tanh(tensor.shallow_clone()));
            attempts.call(index, || functional::relu(tensor.shallow_clone()));
        }
        for (index, tensor) in self::tensors().into_iter().enumerate() {
            attempts.call(index, || functional::tanh(tensor));
        }
        for (index, tensor) in self::tensors().into_iter().enumerate() {
            attempts.call(index, || functional::relu(tensor));
        }
    }),
    (
        "add sub addcmul addcdiv addmm add_ sub_ addcmul_ addcdiv_",
        |attempts| {
            let tensors = tensors();
            for (one, other) in pairs() {
                let (a, b) = (&tensors[one], &tensors[other]);
                let mut written = self::tensors();
                let a_ = &mut written[one];
                for number in [0.5, 1e300, f64::NAN] {
                    let with = (one, other, number);
                    attempts.call(with, || functional::add(a, b, number));
                    attempts.call(with, || functional::sub(a, b, number));
                    attempts.call(with, || functional::addcmul(a, b, a, number));
                    attempts.call(with, || functional::addcdiv(a, b, a, number));
                    attempts.call(with, || functional::addmm(a, b, a, number, 1.0));
                    attempts.call(with, || functional::addmm(a, b, a, 1.0, number));
                    attempts.call(with, || functional::add_(a_, b, number));
                    attempts.call(with, || functional::sub_(a_, b, number));
                    attempts.call(with, || functional::addcmul_(a_, b, a, number));
                    attempts.call(with, || functional::addcdiv_(a_, b, a, number));
                }
            }
        },
    ),
    (
        "leaky_relu elu celu hardshrink softshrink hardtanh softplus",
        |attempts| {
            for (index, tensor) in tensors().iter().enumerate() {
                for number in NUMBERS {
                    let with = (index, number);
                    attempts.call(with, || functional::leaky_relu(tensor, number));
                    attempts.call(with, || functional::elu(tensor, number));
                    attempts.call(with, || functional::celu(tensor, number));
                    attempts.call(with, || functional::hardshrink(tensor, number));
                    attempts.call(with, || functional::softshrink(tensor, number));
                    attempts.call(with, || functional::hardtanh(tensor, number, 0.5));
                    attempts.call(with, || functional::softplus(tensor, number, number));
                }
            }
        },
    ),
    ("leaky_relu_ elu_ celu_ hardtanh_", |attempts| {
        for number in NUMBERS {
            for (index, mut tensor) in tensors().into_iter().enumerate() {
                let (with, tensor) = ((index, number), &mut tensor);
                attempts.call(with, || functional::leaky_relu_(tensor, number));
                attempts.call(with, || functional::elu_(tensor, number));
                attempts.call(with, || functional::celu_(tensor, number));
                attempts.call(with, || functional::hardtanh_(tensor, number, 0.5));
            }
        }
    }),
    ("vector_norm clone", |attempts| {
        let dimensions: [&[i64]; 6] = [&[], &[0], &[-1], &[0, 0], &[9], &[i64::MIN, i64::MAX]];
        for (index, tensor) in tensors().iter().enumerate() {
            attempts.call(index, || functional::clone(tensor));
            for number in NUMBERS {
                for keepdim in [false, true] {
                    for dim in dimensions.map(Some).into_iter().chain([None]) {
                        attempts.call((index, number, keepdim, dim), || {
                            functional::vector_norm(tensor, number, dim, keepdim)
                        });
                    }
                }
            }
        }
    }),
    ("interpolate pad", |attempts| {
        let sides = [0, -1, 1, 3, i64::MAX, i64::MIN];
        for (index, tensor) in tensors().iter().enumerate() {
            for mode in INTERPOLATE_MODES {
                let sizes = beside(sides, 2).map(|(one, other)| OutputSize::Size([one, other]));
                let factors =
                    number_pairs().map(|(one, other)| OutputSize::ScaleFactor([one, other]));
                for size in sizes.chain(factors) {
                    attempts.call((index, mode, size), || {
                        functional::interpolate(tensor, size, mode)
                    });
                }
            }
            for mode in [
                PadMode::Constant(f64::NAN),
                PadMode::Reflect,
                PadMode::Replicate,
                PadMode::Circular,
            ] {
                attempts.call((index, mode), || functional::pad(tensor, &[], mode));
                attempts.call((index, mode), || functional::pad(tensor, &[1; 11], mode));
                for side in sides {
                    attempts.call((index, mode, side), || {
                        functional::pad(tensor, &[side, 1], mode)
                    });
                    attempts.call((index, mode, side), || {
                        functional::pad(tensor, &[side; 4], mode)
                    });
                }
            }
        }
    }),
    ("conv2d avg_pool2d max_pool2d", |attempts| {
        let tensors = tensors();
        let options = |stride, dilation, groups| ConvOptions {
            stride: [stride; 2],
            padding: [stride; 2],
            dilation: [dilation; 2],
            groups,
        };
        for (one, other) in pairs() {
            let (input, weight) = (&tensors[one], &tensors[other]);
            for bias in [None, Some(&tensors[0]), Some(weight)] {
                for options in [
                    ConvOptions::default(),
                    options(0, 0, 0),
                    options(-1, 1, 1),
                    options(i64::MAX, i64::MAX, i64::MAX),
                ] {
                    attempts.call((one, other), || {
                        functional::conv2d(input, weight, bias, options)
                    });
                }
            }
        }
        for (index, tensor) in tensors.iter().enumerate() {
            for size in [0, -1, 1, 2, i64::MAX, i64::MIN] {
                for stride in [0, -1, 1, i64::MAX, i64::MIN] {
                    let arguments = (index, size, stride);
                    attempts.call(arguments, || functional::avg_pool2d(tensor, size, stride));
                    attempts.call(arguments, || functional::max_pool2d(tensor, size, stride));
                }
            }
        }
    }),
    ("clip_grad_norm_ clip_grad_value_", |attempts| {
        for (number, norm_type) in number_pairs() {
            attempts.call((number, norm_type), || {
                utils::clip_grad_norm_(&with_gradients(), number, norm_type)
            });
            for index in 0..with_gradients().len() {
                let parameters = [with_gradients().swap_remove(index)];
                attempts.call((number, norm_type, index), || {
                    utils::clip_grad_norm_(&parameters, number, norm_type)
                });
                attempts.call((number, index), || {
                    utils::clip_grad_value_(&parameters, number)
                });
            }
        }
        for (index, tensor) in tensors().into_iter().enumerate() {
            let parameters = [tensor];
            attempts.call(index, || utils::clip_grad_norm_(&parameters, 1.0, 2.0));
            attempts.call(index, || utils::clip_grad_value_(&parameters, 1.0));
        }
        attempts.call("none", || utils::clip_grad_norm_(&[], 1.0, 2.0));
    }),
];

const INTERPOLATE_MODES: [InterpolateMode; 5] = [
    InterpolateMode::Nearest,
    InterpolateMode::NearestExact,
    InterpolateMode::Bilinear {
        align_corners: true,
    },
    InterpolateMode::Bicubic {
        align_corners: false,
    },
    InterpolateMode::Area,
];

/// Parameters with gradients: an empty one, those of several types, and a sparse one.
fn with_gradients() -> Vec<tch::Tensor> {
    use tch::{Device, Kind, Tensor};
    let mut parameters = Vec::new();
    for (size, kind) in [(0, Kind::Float), (2, Kind::Half), (3, Kind::ComplexFloat)] {
        let parameter = Tensor::ones([size], (kind, Device::Cpu)).set_requires_grad(true);
        parameter.abs().sum(Kind::Float).backward();
        parameters.push(parameter);
    }
    let table = Tensor::ones([3, 2], (Kind::Float, Device::Cpu)).set_requires_grad(true);
    let rows = Tensor::from_slice(&[0_i64, 2]);
    Tensor::embedding(&table, &rows, -1, false, true)
        .sum(Kind::Float)
        .backward();
    parameters.push(table);
    parameters
}
