//! Layers and their builders.

use tch::{Tensor, kind::FLOAT_CPU};
use torch_twin::Generator;
use torch_twin::nn::{
    AdaptiveAvgPool2d, Approximate, AttentionOptions, AvgPool2d, BatchNorm1d, BatchNorm2d, Child,
    Conv1d, Conv2d, ConvTranspose2d, Dropout, Dropout2d, Elu, Embedding, Flatten, Forward,
    ForwardPass, Gelu, GroupNorm, Hardsigmoid, Hardswish, Hardtanh, Identity, Layer, LayerNorm,
    LeakyRelu, Linear, LogSigmoid, LogSoftmax, Lstm, MaxPool2d, Mish, MultiheadAttention, Relu,
    Relu6, Selu, Sides, Sigmoid, Silu, Softmax, Softplus, Tanh,
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
        let layers: [(&str, Box<dyn Layer>); 12] = [
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
            ("Flatten", Box::new(Flatten)),
            ("Identity", Box::new(Identity)),
        ];
        for (name, layer) in layers {
            forward_all(attempts, name, &*layer);
        }
    }),
    (
        "LeakyRelu::new LeakyRelu::builder LeakyReluBuilder::negative_slope LeakyReluBuilder::build \
         Elu::new Elu::builder EluBuilder::alpha EluBuilder::build \
         Hardtanh::new Hardtanh::builder HardtanhBuilder::min_val HardtanhBuilder::max_val \
         HardtanhBuilder::build Softplus::new Softplus::builder SoftplusBuilder::beta \
         SoftplusBuilder::threshold SoftplusBuilder::build Gelu::new Gelu::builder \
         GeluBuilder::approximate GeluBuilder::build Softmax::new LogSoftmax::new",
        |attempts| {
            forward_made(attempts, "leaky_relu", LeakyRelu::new);
            forward_made(attempts, "elu", Elu::new);
            forward_made(attempts, "hardtanh", Hardtanh::new);
            forward_made(attempts, "softplus", Softplus::new);
            forward_made(attempts, "gelu", Gelu::new);
            let gelu = Gelu::builder().approximate(Approximate::Tanh);
            forward_made(attempts, "gelu", || gelu.build());
            for number in NUMBERS {
                let leaky_relu = LeakyRelu::builder().negative_slope(number);
                forward_made(attempts, number, || leaky_relu.build());
                let elu = Elu::builder().alpha(number);
                forward_made(attempts, number, || elu.build());
            }
            for (number, other) in number_pairs() {
                let hardtanh = Hardtanh::builder().min_val(number).max_val(other);
                forward_made(attempts, (number, other), || hardtanh.build());
                let softplus = Softplus::builder().beta(number).threshold(other);
                forward_made(attempts, (number, other), || softplus.build());
            }
            for (min_val, max_val) in [(1.0, 1.0), (1.0, 0.5), (f64::NAN, 1.0), (0.0, f64::NAN)] {
                let hardtanh = Hardtanh::builder().min_val(min_val).max_val(max_val);
                attempts.refused((min_val, max_val), || hardtanh.build());
            }
            for dim in [0, -1, 5, i64::MAX, i64::MIN] {
                forward_made(attempts, dim, || Softmax::new(dim));
                forward_made(attempts, dim, || LogSoftmax::new(dim));
            }
        },
    ),
    ("Dropout::new Dropout2d::new", |attempts| {
        for p in NUMBERS {
            forward_made(attempts, p, || Dropout::new(p));
            forward_made(attempts, p, || Dropout2d::new(p));
        }
        for p in [-1.0, -5e-324, 1.0 + f64::EPSILON, f64::INFINITY, f64::NAN] {
            attempts.refused(p, || Dropout::new(p));
            attempts.refused(p, || Dropout2d::new(p));
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
    (
        "Embedding::new Embedding::builder EmbeddingBuilder::padding_idx EmbeddingBuilder::build",
        |attempts| {
            let generator = &mut Generator::manual_seed(0);
            for (one, other) in size_pairs() {
                forward_made(attempts, (one, other), || Embedding::new(one, 2, generator));
                forward_made(attempts, (one, other), || Embedding::new(2, one, generator));
                for padding_idx in [other as i64, -(other as i64 & i64::MAX), i64::MIN] {
                    let builder = Embedding::builder(one, 2).padding_idx(padding_idx);
                    forward_made(attempts, (one, padding_idx), || builder.build(generator));
                }
            }
            for weight in tensors() {
                let builder = Embedding::builder(3, 2).padding_idx(1);
                let mut layer = builder.build(generator).unwrap();
                layer.weight = weight.shallow_clone();
                forward_some(attempts, (), &layer);
            }
        },
    ),
    (
        "Conv::new Conv::builder Conv::from_tensors ConvTranspose::new ConvTranspose::builder \
         ConvBuilder::build ConvBuilder::output_padding ConvBuilder::stride ConvBuilder::padding \
         ConvBuilder::dilation ConvBuilder::groups ConvBuilder::bias Sides::sides",
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
        "AvgPool2d::new AvgPool2d::builder AvgPool2dBuilder::stride AvgPool2dBuilder::padding \
         AvgPool2dBuilder::ceil_mode AvgPool2dBuilder::count_include_pad \
         AvgPool2dBuilder::divisor_override AvgPool2dBuilder::build MaxPool2d::new \
         MaxPool2d::builder MaxPool2dBuilder::stride MaxPool2dBuilder::padding \
         MaxPool2dBuilder::dilation MaxPool2dBuilder::ceil_mode MaxPool2dBuilder::build \
         AdaptiveAvgPool2d::new",
        |attempts| {
            for (one, other) in size_pairs() {
                let with = (one, other);
                forward_made(attempts, with, || AvgPool2d::new([one, other]));
                forward_made(attempts, with, || MaxPool2d::new([one, other]));
                let pool = AvgPool2d::builder(one).stride(other);
                forward_made(attempts, with, || pool.build());
                let pool = MaxPool2d::builder(one).stride(other);
                forward_made(attempts, with, || pool.build());
                let pool = AvgPool2d::builder([one, 2]).stride(1).padding(other);
                forward_made(attempts, with, || pool.build());
                let pool = MaxPool2d::builder([one, 2]).stride(1).padding(other);
                forward_made(attempts, with, || pool.build());
                let pool = MaxPool2d::builder(2).stride(one).dilation(other);
                forward_made(attempts, with, || pool.ceil_mode(true).build());
            }
            for size in SIZES {
                if size < 1 << 62 {
                    forward_made(attempts, size, || AdaptiveAvgPool2d::new(size));
                }
                let pool = AvgPool2d::builder(2).ceil_mode(true);
                let pool = pool.count_include_pad(false).divisor_override(size as i64);
                forward_made(attempts, size, || pool.build());
            }
            attempts.refused("a size beyond what is counted", || {
                MaxPool2d::new(usize::MAX)
            });
            attempts.refused("a size beyond what is counted", || {
                AvgPool2d::new(usize::MAX)
            });
            attempts.refused("a size beyond what is counted", || {
                AdaptiveAvgPool2d::new(usize::MAX)
            });
        },
    ),
    (
        "Lstm::new Lstm::builder LstmBuilder::num_layers LstmBuilder::bias LstmBuilder::batch_first \
         LstmBuilder::dropout LstmBuilder::bidirectional LstmBuilder::build",
        |attempts| {
            let generator = &mut Generator::manual_seed(0);
            for (one, other) in size_pairs() {
                attempts.call((one, other), || Lstm::new(one, other, generator));
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
        "MultiheadAttention::new MultiheadAttention::builder MultiheadAttentionBuilder::dropout \
         MultiheadAttentionBuilder::bias MultiheadAttentionBuilder::batch_first \
         MultiheadAttentionBuilder::build",
        |attempts| {
            let generator = &mut Generator::manual_seed(0);
            for (one, other) in size_pairs() {
                attempts.call((one, other), || {
                    MultiheadAttention::new(one, other, generator)
                });
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
