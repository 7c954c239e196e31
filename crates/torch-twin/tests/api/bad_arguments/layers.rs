//! Layers and their builders.

use tch::{Tensor, kind::FLOAT_CPU};
use torch_twin::Generator;
use torch_twin::nn::{
    AdaptiveAvgPool2d, AttentionOptions, AvgPool2d, BatchNorm1d, BatchNorm2d, Child, Conv1d,
    Conv2d, ConvTranspose2d, Dropout, Dropout2d, Elu, Embedding, Flatten, Forward, ForwardPass,
    Gelu, GroupNorm, Hardsigmoid, Hardswish, Hardtanh, Identity, Layer, LayerNorm, LeakyRelu,
    Linear, LogSigmoid, LogSoftmax, Lstm, MaxPool2d, Mish, MultiheadAttention, Relu, Relu6, Selu,
    Sides, Sigmoid, Silu, Softmax, Softplus, Tanh,
};

use super::attempt::{Attempts, Case};
use super::values::{NUMBERS, SIZES, few_tensors, number_pairs, pairs, size_pairs, tensors};

/// Calls a layer with some tensors, in both modes.
fn forward_some(attempts: &mut Attempts, arguments: impl std::fmt::Debug, layer: &dyn Layer) {
    forward_each(attempts, arguments, layer, &few_tensors());
}

/// Calls a layer with all tensors, in both modes.
fn forward_all(attempts: &mut Attempts, arguments: impl std::fmt::Debug, layer: &dyn Layer) {
    forward_each(attempts, arguments, layer, &tensors());
}

fn forward_each(
    attempts: &mut Attempts,
    arguments: impl std::fmt::Debug,
    layer: &dyn Layer,
    inputs: &[Tensor],
) {
    let generator = &mut Generator::manual_seed(0);
    for (index, input) in inputs.iter().enumerate() {
        let with = (&arguments, index);
        attempts.call(with, || layer.forward(input, &mut ForwardPass::eval()));
        let mut pass = ForwardPass::train().with_generator(generator);
        attempts.call(with, || layer.forward(input, &mut pass));
    }
}

/// Calls a layer that may have been refused.
fn forward_made<L: Layer, E>(
    attempts: &mut Attempts,
    arguments: impl std::fmt::Debug,
    make: impl FnOnce() -> Result<L, E>,
) {
    let mut made = None;
    attempts.call(&arguments, || made = make().ok());
    if let Some(layer) = made {
        forward_some(attempts, &arguments, &layer);
    }
}

pub const CASES: &[Case] = &[
    ("Forward::forward", |attempts| {
        let layers: [(&str, Box<dyn Layer>); 14] = [
            ("Relu", Box::new(Relu)),
            ("Relu6", Box::new(Relu6)),
            ("Selu", Box::new(Selu)),
            ("Silu", Box::new(Silu)),
            ("Mish", Box::new(Mish)),
            ("Hardswish", Box::new(Hardswish)),
            ("Hardsigmoid", Box::new(Hardsigmoid)),
            ("Sigmoid", Box::new(Sigmoid)),
            ("LogSigmoid", Box::new(LogSigmoid)),
            ("Tanh", Box::new(Tanh)),
            ("Gelu", Box::new(Gelu::Exact)),
            ("Gelu", Box::new(Gelu::Tanh)),
            ("Flatten", Box::new(Flatten)),
            ("Identity", Box::new(Identity)),
        ];
        for (name, layer) in layers {
            forward_all(attempts, name, &*layer);
        }
        for number in NUMBERS {
            forward_some(
                attempts,
                number,
                &LeakyRelu {
                    negative_slope: number,
                },
            );
            forward_some(attempts, number, &Elu { alpha: number });
        }
        for (number, other) in number_pairs() {
            let (min_val, max_val, beta) = (number, other, number);
            forward_some(attempts, number, &Hardtanh { min_val, max_val });
            let softplus = Softplus {
                beta,
                threshold: other,
            };
            forward_some(attempts, number, &softplus);
        }
        for dim in [0, -1, 5, i64::MAX, i64::MIN] {
            forward_some(attempts, dim, &Softmax { dim });
            forward_some(attempts, dim, &LogSoftmax { dim });
        }
    }),
    ("Dropout::new Dropout2d::new", |attempts| {
        for p in NUMBERS {
            forward_some(attempts, p, &Dropout::new(p));
            forward_some(attempts, p, &Dropout2d::new(p));
        }
    }),
    (
        "Linear::new Linear::builder LinearBuilder::bias LinearBuilder::build Linear::from_tensors",
        |attempts| {
            let generator = &mut Generator::manual_seed(0);
            for (one, other) in size_pairs() {
                forward_made(attempts, (one, other), || {
                    Linear::new(one, other, generator)
                });
                forward_made(attempts, (one, other), || {
                    Linear::builder(one, other).bias(false).build(generator)
                });
            }
            for (one, other) in pairs() {
                let weight = tensors().swap_remove(one);
                let bias = Some(tensors().swap_remove(other));
                forward_some(attempts, (one, other), &Linear::from_tensors(weight, bias));
            }
        },
    ),
    ("Embedding::new Embedding::with_padding_idx", |attempts| {
        let generator = &mut Generator::manual_seed(0);
        for (one, other) in size_pairs() {
            forward_made(attempts, (one, other), || Embedding::new(one, 2, generator));
            forward_made(attempts, (one, other), || Embedding::new(2, one, generator));
            forward_made(attempts, (one, other), || {
                Embedding::new(one, 2, generator)?.with_padding_idx(other)
            });
        }
        for weight in tensors() {
            let mut layer = Embedding::new(3, 2, generator)
                .unwrap()
                .with_padding_idx(1)
                .unwrap();
            layer.weight = weight.shallow_clone();
            forward_some(attempts, (), &layer);
            attempts.call("padding_idx", || layer.with_padding_idx(1).is_ok());
        }
    }),
    (
        "Conv1d::new Conv1d::builder Conv1dBuilder::build Conv2d::new Conv2d::builder \
         Conv2dBuilder::build Conv2d::from_tensors ConvTranspose2d::new ConvTranspose2d::builder \
         ConvTranspose2dBuilder::build ConvTranspose2dBuilder::output_padding ConvBuilder::stride \
         ConvBuilder::padding ConvBuilder::dilation ConvBuilder::groups ConvBuilder::bias \
         Sides::sides",
        |attempts| {
            let generator = &mut Generator::manual_seed(0);
            for (one, other) in size_pairs() {
                let with = (one, other);
                forward_made(attempts, with, || Conv1d::new(one, other, 1, generator));
                forward_made(attempts, with, || Conv2d::new(one, other, 1, generator));
                forward_made(attempts, with, || {
                    ConvTranspose2d::new(one, other, 1, generator)
                });
                forward_made(attempts, with, || {
                    Conv2d::new(3, 3, [one, other], generator)
                });
                forward_made(attempts, with, || Conv1d::new(3, 3, one, generator));
                forward_made(attempts, with, || {
                    ConvTranspose2d::new(3, 3, one, generator)
                });
                let conv1d = Conv1d::builder(3, 3, 2)
                    .stride(one)
                    .padding(other)
                    .dilation(other);
                forward_made(attempts, with, || {
                    conv1d.groups(one).bias(false).build(generator)
                });
                let conv2d = Conv2d::builder(3, 3, 2)
                    .stride(one)
                    .padding(other)
                    .bias(false);
                forward_made(attempts, with, || conv2d.build(generator));
                let conv2d = Conv2d::builder(3, 3, 1).dilation(one).groups(other);
                forward_made(attempts, with, || conv2d.build(generator));
                let conv = ConvTranspose2d::builder(3, 3, 2)
                    .stride(one)
                    .output_padding(other);
                forward_made(attempts, with, || conv.padding(one).build(generator));
                attempts.call(with, || <usize as Sides<2>>::sides(one));
            }
            for (one, other) in pairs() {
                let weight = tensors().swap_remove(one);
                let bias = Some(tensors().swap_remove(other));
                forward_some(attempts, (one, other), &Conv2d::from_tensors(weight, bias));
            }
        },
    ),
    (
        "BatchNorm::new BatchNorm::builder BatchNormBuilder::eps BatchNormBuilder::momentum \
         BatchNormBuilder::affine BatchNormBuilder::bias BatchNormBuilder::track_running_stats \
         BatchNormBuilder::build",
        |attempts| {
            for size in SIZES {
                forward_made(attempts, size, || BatchNorm1d::new(size));
                forward_made(attempts, size, || BatchNorm2d::new(size));
            }
            for number in NUMBERS {
                for on in [false, true] {
                    forward_made(attempts, (number, on), || {
                        let builder = BatchNorm2d::builder(3).eps(number).affine(on).bias(!on);
                        builder.track_running_stats(!on).build()
                    });
                    forward_made(attempts, (number, on), || {
                        let momentum = on.then_some(number);
                        BatchNorm1d::builder(3).momentum(momentum).build()
                    });
                }
            }
            for index in 0..tensors().len() {
                let tensor = || tensors().swap_remove(index);
                let mut layer = BatchNorm2d::new(3).unwrap();
                layer.weight = Some(tensor());
                layer.momentum = None;
                if let Some(running) = &mut layer.running {
                    running.mean = tensor();
                    running.num_batches_tracked = tensor();
                }
                forward_some(attempts, index, &layer);
            }
        },
    ),
    (
        "LayerNorm::new LayerNorm::builder LayerNormBuilder::eps \
         LayerNormBuilder::elementwise_affine LayerNormBuilder::bias LayerNormBuilder::build \
         GroupNorm::new GroupNorm::builder GroupNormBuilder::eps GroupNormBuilder::affine \
         GroupNormBuilder::build",
        |attempts| {
            for (one, other) in size_pairs() {
                let with = (one, other);
                forward_made(attempts, with, || LayerNorm::new([one, other]));
                forward_made(attempts, with, || GroupNorm::new(one, other));
            }
            forward_made(attempts, "none", || LayerNorm::new([]));
            for eps in NUMBERS {
                forward_made(attempts, eps, || {
                    LayerNorm::builder([3])
                        .eps(eps)
                        .elementwise_affine(false)
                        .bias(true)
                        .build()
                });
                forward_made(attempts, eps, || {
                    GroupNorm::builder(3, 3).eps(eps).affine(false).build()
                });
            }
        },
    ),
    (
        "AvgPool2d::new AvgPool2d::padding AvgPool2d::ceil_mode AvgPool2d::count_include_pad \
         AvgPool2d::divisor_override MaxPool2d::new MaxPool2d::padding MaxPool2d::dilation \
         MaxPool2d::ceil_mode AdaptiveAvgPool2d::new",
        |attempts| {
            for (one, other) in size_pairs() {
                let with = (one, other);
                forward_some(attempts, with, &AvgPool2d::new(one, other));
                forward_some(attempts, with, &MaxPool2d::new(one, other));
                forward_some(attempts, with, &AvgPool2d::new([one, 2], 1).padding(other));
                forward_some(attempts, with, &MaxPool2d::new([one, 2], 1).padding(other));
                forward_some(
                    attempts,
                    with,
                    &MaxPool2d::new(2, one).dilation(other).ceil_mode(true),
                );
            }
            for size in SIZES {
                if size < 1 << 62 {
                    forward_some(attempts, size, &AdaptiveAvgPool2d::new(size));
                }
                let divisor = Some(size as i64);
                let pool = AvgPool2d::new(2, 2)
                    .ceil_mode(true)
                    .count_include_pad(false);
                forward_some(attempts, size, &pool.divisor_override(divisor));
            }
        },
    ),
    (
        "Lstm::builder LstmBuilder::num_layers LstmBuilder::bias LstmBuilder::batch_first \
         LstmBuilder::dropout LstmBuilder::bidirectional LstmBuilder::build",
        |attempts| {
            let generator = &mut Generator::manual_seed(0);
            for (one, other) in size_pairs() {
                attempts.call((one, other), || Lstm::builder(one, other).build(generator));
                attempts.call((one, other), || {
                    let lstm = Lstm::builder(3, one).num_layers(other).bidirectional(true);
                    lstm.bias(false).build(generator)
                });
            }
            let lstm = Lstm::builder(4, 5).batch_first(true).dropout(0.5);
            let lstm = lstm.num_layers(2).build(generator).unwrap();
            let lstm = Child::new("lstm", lstm);
            let good = Tensor::ones([2, 3, 4], FLOAT_CPU);
            for (one, other) in pairs() {
                let all = tensors();
                let state = (all[one].shallow_clone(), all[other].shallow_clone());
                for input in [&good, &all[one]] {
                    for state in [None, Some(&state)] {
                        let pass = &mut ForwardPass::train();
                        attempts.call((one, other), || lstm.forward(input, pass));
                        attempts.call((one, other), || lstm.forward(&(input, state), pass));
                    }
                }
            }
        },
    ),
    (
        "MultiheadAttention::builder MultiheadAttentionBuilder::dropout \
         MultiheadAttentionBuilder::bias MultiheadAttentionBuilder::batch_first \
         MultiheadAttentionBuilder::build",
        |attempts| {
            let generator = &mut Generator::manual_seed(0);
            for (one, other) in size_pairs() {
                attempts.call((one, other), || {
                    MultiheadAttention::builder(one, other)
                        .bias(false)
                        .build(generator)
                });
            }
            let good = Tensor::ones([2, 3, 4], FLOAT_CPU);
            for (dropout, batch_first) in [(f64::NAN, false), (0.5, true), (-1.0, true)] {
                let attention = MultiheadAttention::builder(4, 2).dropout(dropout);
                let attention = attention.batch_first(batch_first).build(generator).unwrap();
                let attention = Child::new("attention", attention);
                for (one, other) in pairs() {
                    let all = tensors();
                    let (one_of_all, mask) = (&all[one], &all[other]);
                    for inputs in [
                        (&good, &good, &good),
                        (one_of_all, one_of_all, one_of_all),
                        (&good, one_of_all, mask),
                    ] {
                        let (query, key, value) = inputs;
                        for need_weights in [false, true] {
                            let options = AttentionOptions {
                                attn_mask: Some(mask),
                                key_padding_mask: need_weights.then_some(one_of_all),
                                need_weights,
                                average_attn_weights: need_weights,
                                is_causal: !need_weights,
                            };
                            let with = (one, other, need_weights);
                            let pass = &mut ForwardPass::train().with_generator(generator);
                            let with_options = (query, key, value, options);
                            attempts.call(with, || attention.forward(&with_options, pass));
                            let pass = &mut ForwardPass::eval();
                            attempts.call(with, || attention.forward(&inputs, pass));
                        }
                    }
                }
            }
        },
    ),
];
