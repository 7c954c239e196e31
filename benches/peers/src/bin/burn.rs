//! Trains the classic network with burn, by its own layers and optimiser, on its backend Flex.

use std::time::Instant;

use anyhow::Result;
use burn::module::Module;
use burn::nn::conv::{Conv2d, Conv2dConfig};
use burn::nn::loss::CrossEntropyLossConfig;
use burn::nn::pool::{AvgPool2d, AvgPool2dConfig};
use burn::nn::{Linear, LinearConfig};
use burn::optim::{AdamConfig, GradientsParams};
use burn::tensor::{Device, Int, Tensor, TensorData};
use clap::Parser;
use peers::{Args, LEARNING_RATE, Mnist, Part, Report, batches};

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
        let x = self.pool.forward(self.conv1.forward(images).tanh());
        let x = self.pool.forward(self.conv2.forward(x).tanh());
        let x = self.conv3.forward(x).tanh().flatten(1, 3);
        self.fc2.forward(self.fc1.forward(x).tanh())
    }
}

fn main() -> Result<()> {
    let args = Args::parse();
    rayon::ThreadPoolBuilder::new()
        .num_threads(args.threads)
        .build_global()?;
    let mnist = Mnist::load(&args.data)?;
    let device = Device::flex().autodiff();
    let (images, labels) = tensors(&mnist.train, &device);
    let mut model = LeNet5::new(&device);
    let cross_entropy = CrossEntropyLossConfig::new().init(&device);
    let mut optimizer = AdamConfig::new().with_epsilon(1e-8).init();

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
