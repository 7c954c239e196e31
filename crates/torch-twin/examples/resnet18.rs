//! ResNet-18 as torchvision builds it, trained by SGD on random pictures of 64×64.
//!
//! The twin of resnet18.py. Its `state_dict` has the names and shapes of
//! `torchvision.models.resnet18().state_dict()`.

mod arguments;

use std::error::Error;

use torch_twin::nn::init::{FanMode, Nonlinearity};
use torch_twin::prelude::*;

use arguments::{Arguments, RECORDED};

module! {
    struct BasicBlock(
        inplanes: usize,
        planes: usize,
        stride: usize,
        downsample: Option<Sequential>,
        generator: &mut Generator,
    ) {
        conv1: Conv2d = Conv2d::builder(inplanes, planes, 3)
            .stride(stride).padding(1).bias(false).build(generator)?,
        bn1: BatchNorm2d = BatchNorm2d::new(planes)?,
        relu: Relu = Relu,
        conv2: Conv2d = Conv2d::builder(planes, planes, 3).padding(1).bias(false).build(generator)?,
        bn2: BatchNorm2d = BatchNorm2d::new(planes)?,
        downsample: Option<Sequential> = downsample,
    }
}

impl Forward for BasicBlock {
    fn forward(&self, x: &Tensor, pass: &mut ForwardPass<'_>) -> Result<Tensor> {
        let out = self.bn1.forward(&self.conv1.forward(x, pass)?, pass)?;
        let out = self.relu.forward(&out, pass)?;
        let out = self.bn2.forward(&self.conv2.forward(&out, pass)?, pass)?;
        let identity = match &self.downsample {
            Some(downsample) => downsample.forward(x, pass)?,
            None => x.shallow_clone(),
        };
        self.relu.forward(&out.f_add(&identity)?, pass)
    }
}

module! {
    struct ResNet18(num_classes: usize, generator: &mut Generator) {
        conv1: Conv2d = Conv2d::builder(3, 64, 7).stride(2).padding(3).bias(false).build(generator)?,
        bn1: BatchNorm2d = BatchNorm2d::new(64)?,
        relu: Relu = Relu,
        maxpool: MaxPool2d = MaxPool2d::builder(3).stride(2).padding(1).build()?,
        layer1: Sequential = make_layer(64, 64, 1, generator)?,
        layer2: Sequential = make_layer(64, 128, 2, generator)?,
        layer3: Sequential = make_layer(128, 256, 2, generator)?,
        layer4: Sequential = make_layer(256, 512, 2, generator)?,
        avgpool: AdaptiveAvgPool2d = AdaptiveAvgPool2d::new(1)?,
        fc: Linear = Linear::new(512, num_classes, generator)?,
    }
}

/// Two blocks, the first of which makes the picture smaller by `stride`.
fn make_layer(
    inplanes: usize,
    planes: usize,
    stride: usize,
    generator: &mut Generator,
) -> Result<Sequential> {
    let downsample = match stride != 1 || inplanes != planes {
        true => Some(sequential![
            Conv2d::builder(inplanes, planes, 1)
                .stride(stride)
                .bias(false)
                .build(generator)?,
            BatchNorm2d::new(planes)?,
        ]),
        false => None,
    };
    Ok(sequential![
        BasicBlock::new(inplanes, planes, stride, downsample, generator)?,
        BasicBlock::new(planes, planes, 1, None, generator)?,
    ])
}

/// The convolutions' weights drawn anew, as torchvision does: those of four sides, in order.
fn initialise(model: &ResNet18, generator: &mut Generator) -> Result<()> {
    for entry in model.state_dict().parameters() {
        let mut weight = entry.tensor.shallow_clone();
        if weight.dim() == 4 {
            let (mode, relu) = (FanMode::FanOut, Nonlinearity::Relu);
            init::kaiming_normal_(&mut weight, mode, relu, generator)?;
        }
    }
    Ok(())
}

impl Forward for ResNet18 {
    fn forward(&self, x: &Tensor, pass: &mut ForwardPass<'_>) -> Result<Tensor> {
        let x = self.bn1.forward(&self.conv1.forward(x, pass)?, pass)?;
        let x = self.relu.forward(&x, pass)?; // N×64×32×32
        let x = self.maxpool.forward(&x, pass)?; // N×64×16×16
        let x = self.layer1.forward(&x, pass)?;
        let x = self.layer2.forward(&x, pass)?; // N×128×8×8
        let x = self.layer3.forward(&x, pass)?; // N×256×4×4
        let x = self.layer4.forward(&x, pass)?; // N×512×2×2
        let x = self.avgpool.forward(&x, pass)?; // N×512×1×1
        self.fc.forward(&x.f_flatten(1, -1)?, pass) // N×num_classes
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let arguments = Arguments::parse();
    set_num_threads(arguments.threads);
    let mut generator = Generator::manual_seed(2);
    let model = ResNet18::new(10, &mut generator)?;
    initialise(&model, &mut generator)?;
    let state_dict = model.state_dict();
    let options = SgdOptions {
        lr: 0.01,
        momentum: 0.9,
        weight_decay: 1e-4,
        nesterov: true,
        ..SgdOptions::default()
    };
    let mut optimizer = Sgd::new(model.parameters(), options)?;
    let mut recorder = Recorder::default()
        .digest_above(20_000)
        .only_steps(RECORDED);
    recorder.weights(&state_dict)?;
    for step in 1..=arguments.steps {
        let mut images = Tensor::f_empty([4, 3, 64, 64], (Kind::Float, Device::Cpu))?;
        generator.normal_(&mut images, 0.0, 1.0)?;
        let labels = Tensor::f_arange(4, (Kind::Int64, Device::Cpu))?;
        let labels = labels.f_mul_scalar(step as i64)?.f_remainder(10)?;
        let mut recorded = recorder.step(step)?;
        optimizer.zero_grad()?;
        let pass = ForwardPass::train();
        let logits = recorded.forward(&[&images], pass, |pass| model.forward(&images, pass))?;
        let loss = functional::cross_entropy(&logits, &labels)?;
        recorded.loss(&loss)?;
        loss.f_backward()?;
        recorded.gradients(&state_dict)?;
        optimizer.step()?;
        recorded.optimizer(&optimizer)?;
        recorded.weights(&state_dict)?;
        if step % 10 == 0 {
            println!("step {step}: loss {:.9}", loss.f_double_value(&[])?);
        }
    }
    if let Some(trace) = &arguments.trace {
        recorder.save(trace)?;
    }
    Ok(())
}
