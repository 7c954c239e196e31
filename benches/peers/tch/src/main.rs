//! Trains the classic network with tch, as its examples for MNIST are written.

use std::time::Instant;

use anyhow::Result;
use clap::Parser;
use peers::{Args, BATCH_SIZE, LEARNING_RATE, Mnist, Part, Report};
use tch::nn::{self, ModuleT, OptimizerConfig};
use tch::vision::dataset::Dataset;
use tch::{Device, Kind, Tensor};

#[derive(Debug)]
struct LeNet5 {
    conv1: nn::Conv2D,
    conv2: nn::Conv2D,
    conv3: nn::Conv2D,
    fc1: nn::Linear,
    fc2: nn::Linear,
}

impl LeNet5 {
    fn new(vs: &nn::Path<'_>) -> Self {
        Self {
            conv1: nn::conv2d(vs, 1, 6, 5, Default::default()),
            conv2: nn::conv2d(vs, 6, 16, 5, Default::default()),
            conv3: nn::conv2d(vs, 16, 120, 5, Default::default()),
            fc1: nn::linear(vs, 120, 84, Default::default()),
            fc2: nn::linear(vs, 84, 10, Default::default()),
        }
    }
}

impl ModuleT for LeNet5 {
    fn forward_t(&self, images: &Tensor, _train: bool) -> Tensor {
        images
            .apply(&self.conv1)
            .tanh()
            .avg_pool2d_default(2)
            .apply(&self.conv2)
            .tanh()
            .avg_pool2d_default(2)
            .apply(&self.conv3)
            .tanh()
            .flatten(1, -1)
            .apply(&self.fc1)
            .tanh()
            .apply(&self.fc2)
    }
}

fn main() -> Result<()> {
    let args = Args::parse();
    tch::set_num_threads(i32::try_from(args.threads)?);
    let data = dataset(&Mnist::load(&args.data)?)?;
    let vs = nn::VarStore::new(Device::Cpu);
    let net = LeNet5::new(&vs.root());
    let mut optimizer = nn::Adam::default().build(&vs, LEARNING_RATE)?;

    let start = Instant::now();
    let mut steps = 0;
    let mut epoch = data.train_iter(BATCH_SIZE as i64);
    let batches = epoch.shuffle().return_smaller_last_batch();
    for (images, labels) in batches.take(args.steps.get()) {
        let loss = net
            .forward_t(&images, true)
            .cross_entropy_for_logits(&labels);
        optimizer.backward_step(&loss);
        steps += 1;
    }
    let seconds = start.elapsed().as_secs_f64();
    let right =
        net.batch_accuracy_for_logits(&data.test_images, &data.test_labels, vs.device(), 1000);
    let report = Report {
        seconds,
        steps,
        test_accuracy: 100.0 * right,
    };
    Ok(report.print()?)
}

fn dataset(mnist: &Mnist) -> Result<Dataset> {
    let (train_images, train_labels) = tensors(&mnist.train)?;
    let (test_images, test_labels) = tensors(&mnist.test)?;
    Ok(Dataset {
        train_images,
        train_labels,
        test_images,
        test_labels,
        labels: 10,
    })
}

/// N×1×32×32 images, and N labels.
fn tensors(part: &Part) -> Result<(Tensor, Tensor)> {
    let images = Tensor::f_from_slice(&part.pixels())?.f_view([-1, 1, 32, 32])?;
    let labels = Tensor::f_from_slice(&part.labels)?.f_to_kind(Kind::Int64)?;
    Ok((images, labels))
}
