//! Layers against PyTorch's: what they start with, give, and learn from.

use tch::{Device, Kind, Tensor};
use torch_twin::libtorch::TORCH_VERSION;
use torch_twin::nn::{
    AdaptiveAvgPool2d, Approximate, AvgPool2d, BatchNorm, BatchNorm1d, BatchNorm2d,
    BatchNormBuilder, Conv1d, Conv2d, ConvBuilder, ConvTranspose2d, Dropout, Dropout2d, Elu,
    Embedding, Flatten, Forward, ForwardPass, Gelu, GroupNorm, Hardsigmoid, Hardswish, Hardtanh,
    Identity, Layer, LayerNorm, LeakyRelu, Linear, LogSigmoid, LogSoftmax, MaxPool2d, Mish, Relu,
    Relu6, Selu, Sigmoid, Silu, Softmax, Softplus, Tanh, functional,
};
use torch_twin::{Generator, TorchError};

use crate::common::observe::{for_each_seed, observe};
use crate::common::{Record, SEEDS, reference};

#[test]
fn a_convolution_is_pytorchs_whatever_its_arguments() {
    let reference = reference("layers.py", "conv2d");
    let variants: [fn(ConvBuilder<2, Conv2d>) -> ConvBuilder<2, Conv2d>; 8] = [
        |conv| conv,
        |conv| conv.bias(false),
        |conv| conv.stride(2),
        |conv| conv.padding(1),
        |conv| conv.dilation(2),
        |conv| conv.groups(2),
        |conv| conv.stride(3).padding(2).dilation(2).groups(4).bias(false),
        |conv| conv.stride([2, 1]).padding([0, 3]).dilation([1, 2]),
    ];
    let mut record = Record::default();
    for_each_variant(&variants, |name, variant, generator| {
        let conv = variant(Conv2d::builder(4, 8, 3)).build(generator).unwrap();
        observe(&mut record, name, &conv, &[5, 4, 11, 9], generator);
    });
    record.assert_identical_to(&reference);
}

#[test]
fn a_convolution_of_an_oblong_kernel_is_pytorchs() {
    let reference = reference("layers.py", "conv2d_of_an_oblong_kernel");
    let record = for_each_seed(|record, seed, generator| {
        let conv = Conv2d::new(4, 8, [3, 5], generator).unwrap();
        observe(record, seed, &conv, &[5, 4, 11, 9], generator);
    });
    record.assert_identical_to(&reference);
}

#[test]
fn a_convolution_along_one_side_is_pytorchs() {
    let reference = reference("layers.py", "conv1d");
    let variants: [fn(ConvBuilder<1, Conv1d>) -> ConvBuilder<1, Conv1d>; 4] = [
        |conv| conv,
        |conv| conv.bias(false).stride(2),
        |conv| conv.padding(2).dilation(2),
        |conv| conv.stride(3).padding(1).groups(2),
    ];
    let mut record = Record::default();
    for_each_variant(&variants, |name, variant, generator| {
        let conv = variant(Conv1d::builder(4, 6, 3)).build(generator).unwrap();
        observe(&mut record, name, &conv, &[5, 4, 17], generator);
    });
    record.assert_identical_to(&reference);
}

#[test]
fn a_transposed_convolution_is_pytorchs() {
    let reference = reference("layers.py", "conv_transpose2d");
    let variants: [fn(ConvBuilder<2, ConvTranspose2d>) -> ConvBuilder<2, ConvTranspose2d>; 5] = [
        |conv| conv,
        |conv| conv.bias(false),
        |conv| conv.stride(2).padding(1).output_padding(1),
        |conv| conv.dilation(2).groups(2),
        |conv| {
            let conv = conv.stride([3, 2]).padding([1, 0]);
            conv.output_padding([2, 1]).dilation([1, 2])
        },
    ];
    let mut record = Record::default();
    for_each_variant(&variants, |name, variant, generator| {
        let conv = variant(ConvTranspose2d::builder(4, 6, 3));
        let conv = conv.build(generator).unwrap();
        observe(&mut record, name, &conv, &[5, 4, 5, 7], generator);
    });
    record.assert_identical_to(&reference);
}

/// Each variant with each seed, under the name that Python gives it.
fn for_each_variant<V: Copy>(variants: &[V], mut observe: impl FnMut(&str, V, &mut Generator)) {
    for seed in SEEDS {
        for (index, &variant) in variants.iter().enumerate() {
            let name = format!("{}.{index}", seed.cast_signed());
            observe(&name, variant, &mut Generator::manual_seed(seed));
        }
    }
}

#[test]
fn a_linear_layer_is_pytorchs() {
    let reference = reference("layers.py", "linear");
    let record = for_each_seed(|record, seed, generator| {
        for (name, shape) in [("row", &[5, 37][..]), ("rows", &[5, 3, 37])] {
            let linear = Linear::new(37, 19, generator).unwrap();
            observe(record, &format!("{seed}.{name}"), &linear, shape, generator);
        }
        let linear = Linear::builder(37, 19)
            .bias(false)
            .build(generator)
            .unwrap();
        observe(
            record,
            &format!("{seed}.no_bias"),
            &linear,
            &[5, 37],
            generator,
        );
    });
    record.assert_identical_to(&reference);
}

/// The arguments of `BATCH_NORMS`.
fn batch_norm<const SIDES: usize>(index: usize) -> BatchNorm<SIDES> {
    let norm: BatchNormBuilder<SIDES> = BatchNorm::builder(6);
    let norm = match index {
        0 => norm,
        1 => norm.eps(1e-3).momentum(0.3),
        2 => norm.momentum(None),
        3 => norm.affine(false),
        4 => norm.bias(false),
        _ => norm.track_running_stats(false),
    };
    norm.build().unwrap()
}

#[test]
fn batch_norm_is_pytorchs_with_its_running_statistics() {
    let reference = reference("layers.py", "batch_norm");
    let record = for_each_seed(|record, seed, generator| {
        // PyTorch 2.11 has no argument `bias`.
        let known = (0..6).filter(|index| *index != 4 || !TORCH_VERSION.starts_with("2.11."));
        for index in known {
            let mut observe = |name: &str, layer: &dyn Layer, shape: &[i64]| {
                observe(
                    record,
                    &format!("{seed}.{index}.{name}"),
                    layer,
                    shape,
                    generator,
                );
            };
            let picture: BatchNorm2d = batch_norm(index);
            observe("2d", &picture, &[4, 6, 5, 7]);
            let sequence: BatchNorm1d = batch_norm(index);
            observe("1d", &sequence, &[4, 6, 5]);
            let vector: BatchNorm1d = batch_norm(index);
            observe("vectors", &vector, &[9, 6]);
        }
    });
    record.assert_identical_to(&reference);
}

#[test]
fn layer_norm_is_pytorchs() {
    let reference = reference("layers.py", "layer_norm");
    let record = for_each_seed(|record, seed, generator| {
        let mut observe = |name: &str, layer: LayerNorm, shape: &[i64]| {
            observe(record, &format!("{seed}.{name}"), &layer, shape, generator);
        };
        observe("last", LayerNorm::new([33]).unwrap(), &[4, 5, 33]);
        let two = LayerNorm::builder([5, 33]).eps(1e-2).build();
        observe("two", two.unwrap(), &[4, 5, 33]);
        let no_bias = LayerNorm::builder([33]).bias(false).build();
        observe("no_bias", no_bias.unwrap(), &[4, 33]);
        let plain = LayerNorm::builder([33]).elementwise_affine(false).build();
        observe("plain", plain.unwrap(), &[4, 33]);
    });
    record.assert_identical_to(&reference);
}

#[test]
fn group_norm_is_pytorchs() {
    let reference = reference("layers.py", "group_norm");
    let record = for_each_seed(|record, seed, generator| {
        let two = GroupNorm::new(2, 6).unwrap();
        observe(
            record,
            &format!("{seed}.two"),
            &two,
            &[4, 6, 5, 7],
            generator,
        );
        let plain = GroupNorm::builder(3, 6).eps(1e-2).affine(false).build();
        let name = format!("{seed}.plain");
        observe(record, &name, &plain.unwrap(), &[4, 6, 5], generator);
    });
    record.assert_identical_to(&reference);
}

/// The layers of `ACTIVATIONS`.
fn activations() -> Result<Vec<Box<dyn Layer>>, TorchError> {
    Ok(vec![
        Box::new(Relu),
        Box::new(Relu6),
        Box::new(Selu),
        Box::new(Silu),
        Box::new(Mish),
        Box::new(Hardswish),
        Box::new(Hardsigmoid),
        Box::new(Sigmoid),
        Box::new(LogSigmoid),
        Box::new(Tanh),
        Box::new(Gelu::new()?),
        Box::new(Gelu::builder().approximate(Approximate::Tanh).build()?),
        Box::new(LeakyRelu::new()?),
        Box::new(LeakyRelu::builder().negative_slope(0.2).build()?),
        Box::new(Elu::new()?),
        Box::new(Elu::builder().alpha(0.7).build()?),
        Box::new(Hardtanh::new()?),
        Box::new(Hardtanh::builder().min_val(-0.3).max_val(0.6).build()?),
        Box::new(Softplus::new()?),
        Box::new(Softplus::builder().beta(2.0).threshold(0.5).build()?),
        Box::new(Softmax::new(1)?),
        Box::new(LogSoftmax::new(-1)?),
        Box::new(Flatten),
        Box::new(Identity),
    ])
}

#[test]
fn activations_are_pytorchs() {
    let reference = reference("layers.py", "activation");
    let record = for_each_seed(|record, seed, generator| {
        for (index, layer) in activations().unwrap().iter().enumerate() {
            observe(
                record,
                &format!("{seed}.{index}"),
                &**layer,
                &[4, 6, 9],
                generator,
            );
        }
    });
    record.assert_identical_to(&reference);
}

#[test]
fn dropout_is_pytorchs_value_by_value_and_channel_by_channel() {
    let reference = reference("layers.py", "dropout");
    let mut record = Record::default();
    for seed in SEEDS {
        for (p, name) in [(0.0, "0.0"), (0.1, "0.1"), (0.5, "0.5"), (1.0, "1.0")] {
            let generator = &mut Generator::manual_seed(seed);
            let name = format!("{}.{name}", seed.cast_signed());
            observe(
                &mut record,
                &name,
                &Dropout::new(p).unwrap(),
                &[4, 6, 9],
                generator,
            );
            let (name, layer) = (format!("{name}.2d"), Dropout2d::new(p).unwrap());
            observe(&mut record, &name, &layer, &[4, 6, 3, 5], generator);
        }
    }
    record.assert_identical_to(&reference);
}

#[test]
fn an_embedding_is_pytorchs_and_leaves_its_padding_alone() {
    let reference = reference("layers.py", "embedding");
    let integers = (Kind::Int64, Device::Cpu);
    let words = (Tensor::arange(30, integers).reshape([5, 6]) * 7).remainder(11);
    let record = for_each_seed(|record, seed, generator| {
        for (name, padding_idx) in [("plain", None), ("padded", Some(3)), ("last", Some(-1))] {
            let layer = Embedding::builder(11, 8).padding_idx(padding_idx);
            let layer = layer.build(generator).unwrap();
            let mut keep = |what: &str, tensor: &Tensor| {
                record.keep(format!("{seed}.{name}.{what}"), tensor);
            };
            keep("initial", &layer.weight);
            let output = layer.forward(&words, &mut ForwardPass::train()).unwrap();
            let labels = Tensor::arange(5, integers);
            let loss = functional::cross_entropy(&output.flatten(1, -1), &labels);
            loss.unwrap().backward();
            keep("output", &output);
            keep("grad", &layer.weight.grad());
        }
    });
    record.assert_identical_to(&reference);
}

#[test]
fn pooling_is_pytorchs_even_where_windows_overlap_or_leave_gaps() {
    let reference = reference("layers.py", "pool2d");
    let record = for_each_seed(|record, seed, generator| {
        for (kernel_size, stride) in [(2, 2), (3, 2), (2, 3)] {
            let (avg, max) = (
                AvgPool2d::builder(kernel_size),
                MaxPool2d::builder(kernel_size),
            );
            let layers: [(&str, Box<dyn Layer>); 2] = [
                ("avg", Box::new(avg.stride(stride).build().unwrap())),
                ("max", Box::new(max.stride(stride).build().unwrap())),
            ];
            for (name, layer) in layers {
                let name = format!("{seed}.{name}.{kernel_size}.{stride}");
                observe(record, &name, &*layer, &[3, 2, 11, 8], generator);
            }
        }
    });
    record.assert_identical_to(&reference);
}

/// The layers of `POOLS`.
fn pools() -> Result<Vec<Box<dyn Layer>>, TorchError> {
    let average = || AvgPool2d::builder(3).stride(2);
    let largest = || MaxPool2d::builder(3).stride(2);
    Ok(vec![
        Box::new(average().padding(1).build()?),
        Box::new(average().padding(1).count_include_pad(false).build()?),
        Box::new(average().ceil_mode(true).build()?),
        Box::new(AvgPool2d::builder(2).divisor_override(3).build()?),
        Box::new(AvgPool2d::builder([2, 3]).stride([1, 2]).build()?),
        Box::new(AvgPool2d::new([2, 3])?),
        Box::new(largest().padding(1).build()?),
        Box::new(largest().ceil_mode(true).build()?),
        Box::new(MaxPool2d::builder(2).dilation(2).build()?),
        Box::new(
            MaxPool2d::builder([2, 3])
                .stride([1, 2])
                .padding([0, 1])
                .build()?,
        ),
        Box::new(MaxPool2d::new([2, 3])?),
        Box::new(AdaptiveAvgPool2d::new(1)?),
        Box::new(AdaptiveAvgPool2d::new([3, 5])?),
    ])
}

#[test]
fn pooling_is_pytorchs_with_all_of_its_arguments() {
    let reference = reference("layers.py", "pool2d_with_arguments");
    let record = for_each_seed(|record, seed, generator| {
        for (index, layer) in pools().unwrap().iter().enumerate() {
            observe(
                record,
                &format!("{seed}.{index}"),
                &**layer,
                &[3, 2, 11, 8],
                generator,
            );
        }
    });
    record.assert_identical_to(&reference);
}
