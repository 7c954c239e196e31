//! Trains the classic network with candle, by its own layers and optimiser.

use std::time::Instant;

use anyhow::Result;
use candle_core::{D, DType, Device, Tensor};
use candle_nn::{
    AdamW, Conv2d, Linear, Module, Optimizer, ParamsAdamW, VarBuilder, VarMap, conv2d, linear, loss,
};
use clap::Parser;
use peers::{Args, LEARNING_RATE, Mnist, Part, Report, batches};

struct LeNet5 {
    conv1: Conv2d,
    conv2: Conv2d,
    conv3: Conv2d,
    fc1: Linear,
    fc2: Linear,
}

impl LeNet5 {
    fn new(vb: VarBuilder<'_>) -> candle_core::Result<Self> {
        Ok(Self {
            conv1: conv2d(1, 6, 5, Default::default(), vb.pp("conv1"))?,
            conv2: conv2d(6, 16, 5, Default::default(), vb.pp("conv2"))?,
            conv3: conv2d(16, 120, 5, Default::default(), vb.pp("conv3"))?,
            fc1: linear(120, 84, vb.pp("fc1"))?,
            fc2: linear(84, 10, vb.pp("fc2"))?,
        })
    }
}

impl Module for LeNet5 {
    fn forward(&self, images: &Tensor) -> candle_core::Result<Tensor> {
        images
            .apply(&self.conv1)?
            .tanh()?
            .avg_pool2d(2)?
            .apply(&self.conv2)?
            .tanh()?
            .avg_pool2d(2)?
            .apply(&self.conv3)?
            .tanh()?
            .flatten_from(1)?
            .apply(&self.fc1)?
            .tanh()?
            .apply(&self.fc2)
    }
}

fn main() -> Result<()> {
    let args = Args::parse();
    rayon::ThreadPoolBuilder::new()
        .num_threads(args.threads)
        .build_global()?;
    let mnist = Mnist::load(&args.data)?;
    let (images, labels) = tensors(&mnist.train)?;
    let variables = VarMap::new();
    let model = LeNet5::new(VarBuilder::from_varmap(
        &variables,
        DType::F32,
        &Device::Cpu,
    ))?;
    // Without weight decay, AdamW is Adam.
    let adam = ParamsAdamW {
        lr: LEARNING_RATE,
        weight_decay: 0.0,
        ..Default::default()
    };
    let mut optimizer = AdamW::new(variables.all_vars(), adam)?;

    let start = Instant::now();
    let mut steps = 0;
    for batch in batches(mnist.train.labels.len()).take(args.steps.get()) {
        let indices = Tensor::new(batch, &Device::Cpu)?;
        let logits = model.forward(&images.index_select(&indices, 0)?)?;
        let loss = loss::cross_entropy(&logits, &labels.index_select(&indices, 0)?)?;
        optimizer.backward_step(&loss)?;
        steps += 1;
    }
    let report = Report {
        seconds: start.elapsed().as_secs_f64(),
        steps,
        test_accuracy: accuracy(&model, &mnist.test)?,
    };
    Ok(report.print()?)
}

/// N×1×32×32 images, and N labels.
fn tensors(part: &Part) -> candle_core::Result<(Tensor, Tensor)> {
    let count = part.labels.len();
    let images = Tensor::from_vec(part.pixels(), (count, 1, 32, 32), &Device::Cpu)?;
    let labels = Tensor::from_slice(&part.labels, count, &Device::Cpu)?;
    Ok((images, labels.to_dtype(DType::U32)?))
}

fn accuracy(model: &LeNet5, part: &Part) -> candle_core::Result<f64> {
    let (images, labels) = tensors(part)?;
    let mut right = 0;
    for start in (0..part.labels.len()).step_by(1000) {
        let length = 1000.min(part.labels.len() - start);
        let logits = model.forward(&images.narrow(0, start, length)?)?;
        let answers = logits.argmax(D::Minus1)?;
        let equal = answers.eq(&labels.narrow(0, start, length)?)?;
        right += equal.to_dtype(DType::U32)?.sum_all()?.to_scalar::<u32>()?;
    }
    Ok(100.0 * f64::from(right) / part.labels.len() as f64)
}
