//! Trains the classic network with burn, by its own layers and optimiser, on its backend Flex.

use std::time::Instant;

use anyhow::Result;
use burn::module::{Module, Param};
use burn::nn::conv::{Conv2d, Conv2dConfig};
use burn::nn::loss::CrossEntropyLossConfig;
use burn::nn::pool::{AvgPool2d, AvgPool2dConfig};
use burn::nn::{Linear, LinearConfig};
use burn::optim::{AdamConfig, GradientsParams};
use burn::tensor::{Device, Gradients, Int, Tensor, TensorData};
use clap::Parser;
use peers::{Args, BATCH_SIZE, LEARNING_RATE, Mnist, Part, Report, batches};
use torch_twin_trace::trace::{Kind, Settings, Writer};
use torch_twin_trace::{Array, Dtype};

#[derive(Module, Debug)]
struct LeNet5 {
    conv1: Conv2d,
    conv2: Conv2d,
    conv3: Conv2d,
    pool: AvgPool2d,
    fc1: Linear,
    fc2: Linear,
}

impl LeNet5 {
    fn new(device: &Device) -> Self {
        Self {
            conv1: Conv2dConfig::new([1, 6], [5, 5]).init(device),
            conv2: Conv2dConfig::new([6, 16], [5, 5]).init(device),
            conv3: Conv2dConfig::new([16, 120], [5, 5]).init(device),
            pool: AvgPool2dConfig::new([2, 2]).init(),
            fc1: LinearConfig::new(120, 84).init(device),
            fc2: LinearConfig::new(84, 10).init(device),
        }
    }

    fn forward(&self, images: Tensor<4>) -> Tensor<2> {
        self.observed(images, &mut None)
    }

    /// Records the calls of the layers, where there is a trace to be written.
    fn observed(&self, images: Tensor<4>, writer: &mut Option<Writer>) -> Tensor<2> {
        let mut call = |name: &str, layer: &dyn Fn(Tensor<4>) -> Tensor<4>, x: Tensor<4>| {
            let y = layer(x.clone());
            record_call(writer, name, &x, &y);
            y
        };
        let x = call("conv1", &|x| self.conv1.forward(x), images.clone()).tanh();
        let x = call("pool1", &|x| self.pool.forward(x), x);
        let x = call("conv2", &|x| self.conv2.forward(x), x).tanh();
        let x = call("pool2", &|x| self.pool.forward(x), x);
        let x = call("conv3", &|x| self.conv3.forward(x), x).tanh();
        let mut linear = |name: &str, layer: &Linear, x: Tensor<2>| {
            let y = layer.forward(x.clone());
            record_call(writer, name, &x, &y);
            y
        };
        let x = linear("fc1", &self.fc1, x.flatten(1, 3)).tanh();
        let x = linear("fc2", &self.fc2, x);
        record_call(writer, "", &images, &x);
        x
    }

    /// Records the weights, or their gradients, under PyTorch's names.
    fn record(&self, writer: &mut Writer, gradients: Option<&Gradients>) {
        let kind = if gradients.is_some() {
            Kind::Gradient
        } else {
            Kind::Weight
        };
        let convs = [
            ("conv1", &self.conv1),
            ("conv2", &self.conv2),
            ("conv3", &self.conv3),
        ];
        for (name, conv) in convs {
            let weight = value_or_gradient(&conv.weight, gradients);
            writer.record(kind, &format!("{name}.weight"), array(&weight));
            if let Some(bias) = &conv.bias {
                let bias = value_or_gradient(bias, gradients);
                writer.record(kind, &format!("{name}.bias"), array(&bias));
            }
        }
        for (name, linear) in [("fc1", &self.fc1), ("fc2", &self.fc2)] {
            // burn has the weights of a linear layer transposed.
            let weight = value_or_gradient(&linear.weight, gradients).transpose();
            writer.record(kind, &format!("{name}.weight"), array(&weight));
            if let Some(bias) = &linear.bias {
                let bias = value_or_gradient(bias, gradients);
                writer.record(kind, &format!("{name}.bias"), array(&bias));
            }
        }
    }

    /// The network with these weights, which have PyTorch's names.
    fn with_weights(mut self, weights: &[(String, Array)], device: &Device) -> Self {
        for (name, array) in weights {
            let (layer, of) = name.split_once('.').unwrap_or((name, ""));
            let data = data(array);
            match (layer, of) {
                ("conv1" | "conv2" | "conv3", _) => {
                    let conv = match layer {
                        "conv1" => &mut self.conv1,
                        "conv2" => &mut self.conv2,
                        _ => &mut self.conv3,
                    };
                    match of {
                        "weight" => conv.weight = Param::from_data(data, device),
                        _ => conv.bias = Some(Param::from_data(data, device)),
                    }
                }
                _ => {
                    let linear = if layer == "fc1" {
                        &mut self.fc1
                    } else {
                        &mut self.fc2
                    };
                    match of {
                        "weight" => {
                            let weight = Tensor::<2>::from_data(data, device).transpose();
                            linear.weight = Param::from_data(weight.into_data(), device);
                        }
                        _ => linear.bias = Some(Param::from_data(data, device)),
                    }
                }
            }
        }
        self
    }
}

fn record_call<const A: usize, const B: usize>(
    writer: &mut Option<Writer>,
    name: &str,
    input: &Tensor<A>,
    output: &Tensor<B>,
) {
    if let Some(writer) = writer {
        writer.call(name, [array(input)], [array(output)]);
    }
}

fn value_or_gradient<const D: usize>(
    parameter: &Param<Tensor<D>>,
    gradients: Option<&Gradients>,
) -> Tensor<D> {
    let value = parameter.val();
    let gradient = gradients.and_then(|gradients| value.grad(gradients));
    gradient.unwrap_or(value)
}

fn array<const D: usize>(tensor: &Tensor<D>) -> Array {
    let data = tensor.to_data();
    let shape: Vec<u64> = tensor.dims().iter().map(|&side| side as u64).collect();
    let values = data
        .as_slice::<f32>()
        .expect("the backend computes in float32");
    Array::from_f32(&shape, values).expect("the data has the tensor's shape")
}

/// PyTorch has no sides where burn has one of length 1.
fn scalar(tensor: &Tensor<1>) -> Array {
    Array::new(Dtype::F32, Vec::new(), array(tensor).bytes().to_vec()).expect("it has one value")
}

fn data(array: &Array) -> TensorData {
    let (values, _) = array.bytes().as_chunks::<4>();
    let values: Vec<f32> = values
        .iter()
        .map(|&value| f32::from_le_bytes(value))
        .collect();
    let shape: Vec<usize> = array.shape().iter().map(|&side| side as usize).collect();
    TensorData::new(values, shape)
}

fn main() -> Result<()> {
    let args = Args::parse();
    rayon::ThreadPoolBuilder::new()
        .num_threads(args.threads)
        .build_global()?;
    let mnist = Mnist::load(&args.data)?;
    let device = Device::flex().autodiff();
    let (images, labels) = tensors(&mnist.train, &device);
    let mut model = LeNet5::new(&device).with_weights(&args.weights()?, &device);
    let cross_entropy = CrossEntropyLossConfig::new().init(&device);
    let mut optimizer = AdamConfig::new().with_epsilon(1e-8).init();

    if let Some(path) = &args.trace {
        let mut writer = Writer::default();
        model.record(&mut writer, None);
        writer.step(1)?;
        let mut writer = Some(writer);
        let (images, labels) = (
            images.narrow(0, 0, BATCH_SIZE),
            labels.narrow(0, 0, BATCH_SIZE),
        );
        let loss = cross_entropy.forward(model.observed(images, &mut writer), labels);
        let mut writer = writer.unwrap_or_default();
        writer.record(Kind::Loss, "loss", scalar(&loss));
        let gradients = loss.backward();
        model.record(&mut writer, Some(&gradients));
        let gradients = GradientsParams::from_grads(gradients, &model);
        let model = optimizer.step(LEARNING_RATE, model, gradients);
        model.record(&mut writer, None);
        return Ok(writer.save(path, &Settings::of_program("burn 0.22.1"))?);
    }

    let start = Instant::now();
    let mut steps = 0;
    for batch in batches(mnist.train.labels.len()).take(args.steps.get()) {
        let indices = Tensor::<1, Int>::from_data(batch.as_slice(), &device);
        let logits = model.forward(images.clone().select(0, indices.clone()));
        let loss = cross_entropy.forward(logits, labels.clone().select(0, indices));
        let gradients = GradientsParams::from_grads(loss.backward(), &model);
        model = optimizer.step(LEARNING_RATE, model, gradients);
        steps += 1;
    }
    let report = Report {
        seconds: start.elapsed().as_secs_f64(),
        steps,
        test_accuracy: accuracy(&model.valid(), &mnist.test),
    };
    Ok(report.print()?)
}

/// N×1×32×32 images, and N labels.
fn tensors(part: &Part, device: &Device) -> (Tensor<4>, Tensor<1, Int>) {
    let images = TensorData::new(part.pixels(), [part.labels.len(), 1, 32, 32]);
    let images = Tensor::from_data(images, device);
    (images, Tensor::from_data(part.labels.as_slice(), device))
}

fn accuracy(model: &LeNet5, part: &Part) -> f64 {
    let (images, labels) = tensors(part, &Device::flex());
    let right: u32 = images
        .split(1000, 0)
        .into_iter()
        .zip(labels.split(1000, 0))
        .map(|(images, labels)| {
            let answers = model.forward(images).argmax(1).flatten::<1>(0, 1);
            answers.equal(labels).int().sum().into_scalar::<u32>()
        })
        .sum();
    100.0 * f64::from(right) / part.labels.len() as f64
}
