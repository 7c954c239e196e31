//! Layers against PyTorch's: what they start with, give, and learn from.

mod common;

use tch::{Device, Kind, Tensor};
use torch_twin::nn::{
    AvgPool2d, BatchNorm2d, Conv2d, Conv2dBuilder, Forward, ForwardPass, Layer, Linear, MaxPool2d,
    Sequential, functional, module,
};
use torch_twin::{Generator, TorchError};

use common::{Record, SEEDS, reference, reference_on};

module! {
    struct Block(in_channels: usize, out_channels: usize, stride: usize, generator: &mut Generator) {
        conv1: Conv2d = Conv2d::builder(in_channels, out_channels, 3)
            .stride(stride).padding(1).bias(false).build(generator)?,
        bn1: BatchNorm2d = BatchNorm2d::new(out_channels)?,
        conv2: Conv2d = Conv2d::builder(out_channels, out_channels, 3)
            .padding(1).bias(false).build(generator)?,
        bn2: BatchNorm2d = BatchNorm2d::new(out_channels)?,
        shortcut: Sequential = Sequential::new([
            Box::new(Conv2d::builder(in_channels, out_channels, 1).stride(stride).build(generator)?)
                as Box<dyn Layer>,
            Box::new(BatchNorm2d::new(out_channels)?),
        ]),
    }
}

impl Forward for Block {
    fn forward(&self, x: &Tensor, pass: &mut ForwardPass<'_>) -> Result<Tensor, TorchError> {
        let y = self.bn1.call(&self.conv1.call(x, pass)?, pass)?.relu();
        let y = self.bn2.call(&self.conv2.call(&y, pass)?, pass)?;
        Ok((y + self.shortcut.call(x, pass)?).relu())
    }
}

module! {
    /// Declared in another order than called, so that no order can pass for the other.
    struct Network(generator: &mut Generator) {
        fc: Linear = Linear::new(16 * 2 * 2, 10, generator)?,
        stem: Conv2d = Conv2d::builder(3, 8, 3).padding(1).build(generator)?,
        max_pool: MaxPool2d = MaxPool2d::new(2, 2),
        avg_pool: AvgPool2d = AvgPool2d::new(2, 2),
        blocks: Sequential = Sequential::new([
            Box::new(Block::new(8, 8, 1, generator)?) as Box<dyn Layer>,
            Box::new(Block::new(8, 16, 2, generator)?),
        ]),
    }
}

impl Forward for Network {
    fn forward(&self, x: &Tensor, pass: &mut ForwardPass<'_>) -> Result<Tensor, TorchError> {
        let x = self.max_pool.call(&self.stem.call(x, pass)?.relu(), pass)?;
        let x = self.avg_pool.call(&self.blocks.call(&x, pass)?, pass)?;
        self.fc.call(&x.flatten(1, -1), pass)
    }
}

fn uniform(shape: &[i64], generator: &mut Generator) -> Tensor {
    let mut tensor = Tensor::empty(shape, (Kind::Float, Device::Cpu));
    generator.uniform_(&mut tensor, -1.0, 1.0).unwrap();
    tensor
}

/// The output, and what hooks were told of on the way.
fn call(layer: &dyn Layer, x: &Tensor, training: bool) -> (Tensor, Vec<(String, Tensor)>) {
    let mut calls = Vec::new();
    let mut hook = |name: &str, output: &Tensor| {
        calls.push((name.to_owned(), output.shallow_clone()));
    };
    let pass = if training {
        ForwardPass::train()
    } else {
        ForwardPass::eval()
    };
    let output = layer.forward(x, &mut pass.with_hook(&mut hook)).unwrap();
    (output, calls)
}

/// Three passes in training, whose gradients add up, then one in evaluation.
fn observe(
    record: &mut Record,
    name: &str,
    layer: &dyn Layer,
    shape: &[i64],
    generator: &mut Generator,
) {
    let state_dict = layer.state_dict();
    record.keep_all(&format!("{name}.initial"), state_dict.iter());
    for step in 0..3 {
        let x = uniform(shape, generator).set_requires_grad(true);
        let (output, calls) = call(layer, &x, true);
        let logits = output.flatten(1, -1);
        let labels =
            Tensor::arange(shape[0], (Kind::Int64, Device::Cpu)).remainder(logits.size()[1]);
        let loss = functional::cross_entropy(&logits, &labels).unwrap();
        loss.backward();
        let prefix = format!("{name}.{step}");
        record.keep_all(
            &prefix,
            calls.iter().map(|(name, output)| (name.as_str(), output)),
        );
        record.keep_all(
            &prefix,
            [("logits", &logits), ("loss", &loss), ("x", &x.grad())],
        );
        for entry in state_dict.parameters() {
            record.keep(
                format!("{prefix}.grad.{}", entry.name),
                &entry.tensor.grad(),
            );
        }
    }
    record.keep_all(&format!("{name}.trained"), state_dict.iter());

    let (output, calls) = call(layer, &uniform(shape, generator), false);
    let prefix = format!("{name}.eval");
    record.keep_all(
        &prefix,
        calls.iter().map(|(name, output)| (name.as_str(), output)),
    );
    record.keep_all(&prefix, [("output", &output)]);
    record.keep_all(&format!("{name}.evaluated"), state_dict.iter());
}

/// Records for every seed, under the name that Python gives it.
fn for_each_seed(mut observe: impl FnMut(&mut Record, &str, &mut Generator)) -> Record {
    let mut record = Record::default();
    for seed in SEEDS {
        let name = seed.cast_signed().to_string();
        observe(&mut record, &name, &mut Generator::manual_seed(seed));
    }
    record
}

#[test]
fn a_convolution_is_pytorchs_whatever_its_arguments() {
    let reference = reference("layers.py", "conv2d");
    let variants: [fn(Conv2dBuilder) -> Conv2dBuilder; 7] = [
        |conv| conv,
        |conv| conv.bias(false),
        |conv| conv.stride(2),
        |conv| conv.padding(1),
        |conv| conv.dilation(2),
        |conv| conv.groups(2),
        |conv| conv.stride(3).padding(2).dilation(2).groups(4).bias(false),
    ];
    let mut record = Record::default();
    for seed in SEEDS {
        for (index, variant) in variants.iter().enumerate() {
            let mut generator = Generator::manual_seed(seed);
            let conv = variant(Conv2d::builder(4, 8, 3))
                .build(&mut generator)
                .unwrap();
            let name = format!("{}.{index}", seed.cast_signed());
            observe(&mut record, &name, &conv, &[5, 4, 11, 9], &mut generator);
        }
    }
    record.assert_identical_to(&reference);
}

#[test]
fn a_linear_layer_is_pytorchs() {
    let reference = reference("layers.py", "linear");
    let record = for_each_seed(|record, seed, generator| {
        for (name, shape) in [("row", &[5, 37][..]), ("rows", &[5, 3, 37])] {
            let linear = Linear::new(37, 19, generator).unwrap();
            observe(record, &format!("{seed}.{name}"), &linear, shape, generator);
        }
    });
    record.assert_identical_to(&reference);
}

#[test]
fn batch_norm_is_pytorchs_with_its_running_statistics() {
    let reference = reference("layers.py", "batch_norm2d");
    let record = for_each_seed(|record, seed, generator| {
        observe(
            record,
            seed,
            &BatchNorm2d::new(6).unwrap(),
            &[4, 6, 5, 7],
            generator,
        );
    });
    record.assert_identical_to(&reference);
}

#[test]
fn pooling_is_pytorchs_even_where_windows_overlap_or_leave_gaps() {
    let reference = reference("layers.py", "pool2d");
    let record = for_each_seed(|record, seed, generator| {
        for (kernel_size, stride) in [(2, 2), (3, 2), (2, 3)] {
            let layers: [(&str, Box<dyn Layer>); 2] = [
                ("avg", Box::new(AvgPool2d::new(kernel_size, stride))),
                ("max", Box::new(MaxPool2d::new(kernel_size, stride))),
            ];
            for (name, layer) in layers {
                let name = format!("{seed}.{name}.{kernel_size}.{stride}");
                observe(record, &name, &*layer, &[3, 2, 11, 8], generator);
            }
        }
    });
    record.assert_identical_to(&reference);
}

#[test]
fn a_nested_network_is_pytorchs_module_by_module_on_one_thread_and_on_two() {
    for threads in [1, 2] {
        let reference = reference_on(threads, "layers.py", "network");
        let record = for_each_seed(|record, seed, generator| {
            let network = Network::new(generator).unwrap();
            observe(record, seed, &network, &[6, 3, 16, 16], generator);
        });
        record.assert_identical_to(&reference);
    }
}
