//! pytorch/examples' MNIST network, on 1000 digits: two convolutions, dropout, Adadelta with StepLR.
//!
//! The twin of mnist.py.

mod arguments;

use std::error::Error;
use std::fs::File;
use std::io::Read;
use std::path::Path;

use flate2::read::GzDecoder;
use torch_twin::prelude::*;

use arguments::{Arguments, RECORDED};

const SAMPLE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../src/data/sample");
const MEAN: f64 = 0.1307;
const STD: f64 = 0.3081;

module! {
    struct Net(generator: &mut Generator) {
        conv1: Conv2d = Conv2d::new(1, 32, 3, generator)?,
        conv2: Conv2d = Conv2d::new(32, 64, 3, generator)?,
        dropout1: Dropout = Dropout::new(0.25)?,
        dropout2: Dropout = Dropout::new(0.5)?,
        fc1: Linear = Linear::new(9216, 128, generator)?,
        fc2: Linear = Linear::new(128, 10, generator)?,
    }
}

impl Forward for Net {
    fn forward(&self, x: &Tensor, pass: &mut ForwardPass<'_>) -> Result<Tensor> {
        let x = self.conv1.forward(x, pass)?.f_relu()?; // N×32×26×26
        let x = self.conv2.forward(&x, pass)?.f_relu()?; // N×64×24×24
        let x = functional::max_pool2d(&x, 2, 2)?; // N×64×12×12
        let x = self.dropout1.forward(&x, pass)?.f_flatten(1, -1)?; // N×9216
        let x = self.fc1.forward(&x, pass)?.f_relu()?; // N×128
        let x = self.dropout2.forward(&x, pass)?;
        let x = self.fc2.forward(&x, pass)?; // N×10
        Ok(x.f_log_softmax(1, None)?)
    }
}

/// The bytes of an IDX file after its header.
fn read_idx(name: &str, header: usize) -> Result<Vec<u8>, std::io::Error> {
    let mut bytes = Vec::new();
    GzDecoder::new(File::open(Path::new(SAMPLE).join(name))?).read_to_end(&mut bytes)?;
    Ok(bytes.split_off(header))
}

/// 1000 digits, N×1×28×28, normalised, and their labels.
fn load() -> Result<TensorDataset, Box<dyn Error>> {
    let images = Tensor::f_from_slice(&read_idx("train-images-idx3-ubyte.gz", 16)?)?;
    let labels = Tensor::f_from_slice(&read_idx("train-labels-idx1-ubyte.gz", 8)?)?;
    let images = images.f_reshape([-1, 1, 28, 28])?.f_narrow(0, 0, 1000)?;
    let images = images.f_to_kind(Kind::Float)?.f_div_scalar(255)?;
    let images = images.f_sub_scalar(MEAN)?.f_div_scalar(STD)?;
    let labels = labels.f_narrow(0, 0, 1000)?.f_to_kind(Kind::Int64)?;
    Ok(TensorDataset::new(images, labels)?)
}

fn main() -> Result<(), Box<dyn Error>> {
    let arguments = Arguments::parse();
    set_num_threads(arguments.threads);
    let mut generator = Generator::manual_seed(1);
    let dataset = load()?;
    let loader = DataLoader::new(&dataset, 64).shuffle(true);
    let model = Net::new(&mut generator)?;
    let state_dict = model.state_dict();
    let options = AdadeltaOptions::default();
    let mut optimizer = Adadelta::new(model.parameters(), options)?;
    let mut scheduler = StepLr::new(&mut optimizer, 1, 0.7)?;
    let mut recorder = Recorder::default()
        .digest_above(20_000)
        .only_steps(RECORDED);
    recorder.weights(&state_dict)?;

    let mut step = 0;
    while step < arguments.steps {
        for batch in loader.iter(&mut generator)? {
            let (inputs, targets) = batch?;
            step += 1;
            let mut recorded = recorder.step(step)?;
            optimizer.zero_grad()?;
            let pass = ForwardPass::train().with_generator(&mut generator);
            let output = recorded.forward(&[&inputs], pass, |pass| model.forward(&inputs, pass))?;
            let loss = functional::nll_loss(&output, &targets)?;
            recorded.loss(&loss)?;
            loss.f_backward()?;
            recorded.gradients(&state_dict)?;
            optimizer.step()?;
            recorded.optimizer(&optimizer)?;
            recorded.weights(&state_dict)?;
            if step % 10 == 0 {
                println!("step {step}: loss {:.9}", loss.f_double_value(&[])?);
            }
            if step == arguments.steps {
                break;
            }
        }
        scheduler.step(&mut optimizer)?;
    }
    if let Some(trace) = &arguments.trace {
        recorder.save(trace)?;
    }
    Ok(())
}
