//! The twin of small_network.py: the same network, the same data, the same bits.

use std::error::Error;

use torch_twin::prelude::*;

module! {
    struct SmallNetwork(num_classes: usize, generator: &mut Generator) {
        conv1: Conv2d =
            Conv2d::builder(1, 8, 3).stride(2).padding(1).bias(false).build(generator)?,
        bn1: BatchNorm2d = BatchNorm2d::new(8)?,
        conv2: Conv2d = Conv2d::builder(8, 16, 3).stride(2).padding(1).build(generator)?,
        pool: MaxPool2d = MaxPool2d::new(2)?,
        fc: Linear = Linear::new(16 * 2 * 2, num_classes, generator)?,
    }
}

impl Forward for SmallNetwork {
    fn forward(&self, x: &Tensor, pass: &mut ForwardPass<'_>) -> Result<Tensor> {
        let first = self
            .bn1
            .forward(&self.conv1.forward(x, pass)?, pass)?
            .f_relu()?; // N×8×8×8
        let second = self.conv2.forward(&first, pass)?.f_relu()?; // N×16×4×4
        let pooled = self.pool.forward(&second, pass)?; // N×16×2×2
        self.fc.forward(&pooled.f_flatten(1, -1)?, pass) // N×num_classes
    }
}

/// Noise, in which the class is a row made brighter.
fn noisy_rows(generator: &mut Generator) -> Result<(Tensor, Tensor)> {
    let mut images = Tensor::f_empty([960, 1, 16, 16], (Kind::Float, Device::Cpu))?;
    generator.normal_(&mut images, 0.0, 1.0)?;
    let labels = Tensor::f_arange(960, (Kind::Int64, Device::Cpu))?.f_remainder(10)?;
    for i in 0..960 {
        let mut row = images.f_get(i)?.f_get(0)?.f_get(i % 10)?;
        let _ = row.f_add_scalar_(1.5)?;
    }
    Ok((images, labels))
}

fn main() -> Result<(), Box<dyn Error>> {
    // Sums are taken in parts, one a thread, so their number belongs to the result.
    set_num_threads(1);
    let mut generator = Generator::manual_seed(0);
    let (images, labels) = noisy_rows(&mut generator)?;
    let dataset = TensorDataset::new(images.shallow_clone(), labels.shallow_clone())?;
    let loader = DataLoader::new(&dataset, 32).shuffle(true);

    let network = SmallNetwork::new(10, &mut generator)?;
    let state_dict = network.state_dict();
    let options = SgdOptions {
        lr: 0.02,
        momentum: 0.9,
        weight_decay: 0.0005,
        ..SgdOptions::default()
    };
    let mut optimizer = Sgd::new(network.parameters(), options)?;
    let mut scheduler = CosineAnnealingLr::new(&mut optimizer, 10, 0.0)?;

    let mut step = 0;
    for _epoch in 0..10 {
        for batch in loader.iter(&mut generator)? {
            let (inputs, targets) = batch?;
            optimizer.zero_grad()?;
            let logits = network.forward(&inputs, &mut ForwardPass::train())?;
            let loss = functional::cross_entropy(&logits, &targets)?;
            loss.f_backward()?;
            optimizer.step()?;
            step += 1;
            if step % 50 == 0 {
                println!("step {step}: loss {:.12}", loss.f_double_value(&[])?);
            }
        }
        scheduler.step(&mut optimizer)?;
    }

    let logits = no_grad(|| network.forward(&images, &mut ForwardPass::eval()))?;
    let correct = logits
        .f_argmax(1, false)?
        .f_eq_tensor(&labels)?
        .f_sum(Kind::Int64)?;
    println!("correct: {} of 960", correct.f_int64_value(&[])?);
    println!("weights: {}", state_dict.sha256()?);
    Ok(())
}
