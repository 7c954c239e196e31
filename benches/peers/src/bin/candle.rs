//! Trains the classic network with candle, by its own layers and optimiser.

use std::path::Path;
use std::sync::PoisonError;
use std::time::Instant;

use anyhow::Result;
use candle_core::{D, DType, Device, Tensor};
use candle_nn::{
    AdamW, Conv2d, Linear, Module, Optimizer, ParamsAdamW, VarBuilder, VarMap, conv2d, linear, loss,
};
use clap::Parser;
use peers::{Args, BATCH_SIZE, LAYERS, LEARNING_RATE, Mnist, Part, Report, batches};
use torch_twin_trace::Array;
use torch_twin_trace::trace::{Kind, Settings, Writer};

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

/// Told the name, the input and the output of each layer that is called.
type Observer<'a> = &'a mut dyn FnMut(&str, &Tensor, &Tensor) -> candle_core::Result<()>;

impl LeNet5 {
    fn forward(&self, images: &Tensor) -> candle_core::Result<Tensor> {
        self.observed(images, &mut |_, _, _| Ok(()))
    }

    fn observed(&self, images: &Tensor, observer: Observer<'_>) -> candle_core::Result<Tensor> {
        let mut call = |name: &str, layer: &dyn Module, x: &Tensor| {
            let output = layer.forward(x)?;
            observer(name, x, &output)?;
            candle_core::Result::Ok(output)
        };
        let pool = |x: &Tensor| x.avg_pool2d(2);
        let x = call("conv1", &self.conv1, images)?.tanh()?;
        let x = call("pool1", &pool, &x)?;
        let x = call("conv2", &self.conv2, &x)?.tanh()?;
        let x = call("pool2", &pool, &x)?;
        let x = call("conv3", &self.conv3, &x)?.tanh()?.flatten_from(1)?;
        let x = call("fc1", &self.fc1, &x)?.tanh()?;
        let x = call("fc2", &self.fc2, &x)?;
        observer("", images, &x)?;
        Ok(x)
    }
}

fn main() -> Result<()> {
    let args = Args::parse();
    rayon::ThreadPoolBuilder::new()
        .num_threads(args.threads)
        .build_global()?;
    let mnist = Mnist::load(&args.data)?;
    let (images, labels) = tensors(&mnist.train)?;
    let mut variables = VarMap::new();
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
    for (name, array) in args.weights()? {
        variables.set_one(name, tensor(&array)?)?;
    }
    let mut optimizer = AdamW::new(variables.all_vars(), adam)?;
    if let Some(path) = &args.trace {
        let indices = Tensor::arange(0, BATCH_SIZE as u32, &Device::Cpu)?;
        let batch = (
            images.index_select(&indices, 0)?,
            labels.index_select(&indices, 0)?,
        );
        return record(path, &model, &variables, &mut optimizer, batch);
    }

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

/// Trains one step, and records it.
fn record(
    path: &Path,
    model: &LeNet5,
    variables: &VarMap,
    optimizer: &mut AdamW,
    (images, labels): (Tensor, Tensor),
) -> Result<()> {
    let weights = || {
        let names = LAYERS
            .iter()
            .flat_map(|layer| ["weight", "bias"].map(|of| format!("{layer}.{of}")));
        let data = variables
            .data()
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        names
            .map(|name| (data[&name].as_tensor().clone(), name))
            .collect::<Vec<_>>()
    };
    let mut writer = Writer::default();
    for (weight, name) in weights() {
        writer.record(Kind::Weight, &name, array(&weight)?);
    }
    writer.step(1)?;
    let logits = model.observed(&images, &mut |name, input, output| {
        writer.call(name, [array(input)?], [array(output)?]);
        Ok(())
    })?;
    let loss = loss::cross_entropy(&logits, &labels)?;
    writer.record(Kind::Loss, "loss", array(&loss)?);
    let gradients = loss.backward()?;
    for (weight, name) in weights() {
        if let Some(gradient) = gradients.get(&weight) {
            writer.record(Kind::Gradient, &name, array(gradient)?);
        }
    }
    optimizer.step(&gradients)?;
    for (weight, name) in weights() {
        writer.record(Kind::Weight, &name, array(&weight)?);
    }
    Ok(writer.save(path, &Settings::of_program("candle 0.11.1"))?)
}

fn array(tensor: &Tensor) -> candle_core::Result<Array> {
    let shape: Vec<u64> = tensor.dims().iter().map(|&side| side as u64).collect();
    let values = tensor.flatten_all()?.to_vec1::<f32>()?;
    Array::from_f32(&shape, &values).map_err(candle_core::Error::wrap)
}

fn tensor(array: &Array) -> candle_core::Result<Tensor> {
    let shape: Vec<usize> = array.shape().iter().map(|&side| side as usize).collect();
    Tensor::from_raw_buffer(array.bytes(), DType::F32, &shape, &Device::Cpu)
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
