//! ResNet-18 as torchvision builds it, trained by SGD on random pictures of 64×64.
//!
//! The twin of resnet18.py. Its `state_dict` has the names and shapes of
//! `torchvision.models.resnet18().state_dict()`.

mod arguments;

use std::error::Error;

use tch::{Device, Kind, Tensor};
use torch_twin::nn::init::{self, FanMode, Nonlinearity};
use torch_twin::nn::{
    AdaptiveAvgPool2d, BatchNorm2d, Child, Conv2d, Forward, ForwardPass, Linear, MaxPool2d, Module,
    Relu, Sequential, functional, module, sequential,
};
use torch_twin::optim::{Optimizer, Sgd, SgdOptions};
use torch_twin::trace::Recorder;
use torch_twin::{Generator, TorchError};

use arguments::{Arguments, RECORDED};

/// Written by hand, since `downsample` is not always there.
struct BasicBlock {
    conv1: Child<Conv2d>,
    bn1: Child<BatchNorm2d>,
    relu: Child<Relu>,
    conv2: Child<Conv2d>,
    bn2: Child<BatchNorm2d>,
    downsample: Option<Child<Sequential>>,
}

impl BasicBlock {
    fn new(
        inplanes: usize,
        planes: usize,
        stride: usize,
        downsample: Option<Sequential>,
        generator: &mut Generator,
    ) -> Result<Self, TorchError> {
        let conv1 = Conv2d::builder(inplanes, planes, 3)
            .stride(stride)
            .padding(1)
            .bias(false);
        let conv2 = Conv2d::builder(planes, planes, 3).padding(1).bias(false);
        Ok(Self {
            conv1: Child::new("conv1", conv1.build(generator)?),
            bn1: Child::new("bn1", BatchNorm2d::new(planes)?),
            relu: Child::new("relu", Relu),
            conv2: Child::new("conv2", conv2.build(generator)?),
            bn2: Child::new("bn2", BatchNorm2d::new(planes)?),
            downsample: downsample.map(|layers| Child::new("downsample", layers)),
        })
    }
}

impl Module for BasicBlock {
    fn children(&self) -> Vec<(&str, &dyn Module)> {
        let mut children: Vec<(&str, &dyn Module)> = vec![
            ("conv1", &*self.conv1),
            ("bn1", &*self.bn1),
            ("relu", &*self.relu),
            ("conv2", &*self.conv2),
            ("bn2", &*self.bn2),
        ];
        if let Some(downsample) = &self.downsample {
            children.push(("downsample", &**downsample));
        }
        children
    }
}

impl Forward for BasicBlock {
    fn forward(&self, x: &Tensor, pass: &mut ForwardPass<'_>) -> Result<Tensor, TorchError> {
        let out = self.bn1.call(&self.conv1.call(x, pass)?, pass)?;
        let out = self.relu.call(&out, pass)?;
        let out = self.bn2.call(&self.conv2.call(&out, pass)?, pass)?;
        let identity = match &self.downsample {
            Some(downsample) => downsample.call(x, pass)?,
            None => x.shallow_clone(),
        };
        self.relu.call(&out.f_add(&identity)?, pass)
    }
}

module! {
    struct ResNet18(num_classes: usize, generator: &mut Generator) {
        conv1: Conv2d = Conv2d::builder(3, 64, 7).stride(2).padding(3).bias(false).build(generator)?,
        bn1: BatchNorm2d = BatchNorm2d::new(64)?,
        relu: Relu = Relu,
        maxpool: MaxPool2d = MaxPool2d::new(3, 2).padding(1),
        layer1: Sequential = make_layer(64, 64, 1, generator)?,
        layer2: Sequential = make_layer(64, 128, 2, generator)?,
        layer3: Sequential = make_layer(128, 256, 2, generator)?,
        layer4: Sequential = make_layer(256, 512, 2, generator)?,
        avgpool: AdaptiveAvgPool2d = AdaptiveAvgPool2d::new(1),
        fc: Linear = Linear::new(512, num_classes, generator)?,
    }
}

/// Two blocks, the first of which makes the picture smaller by `stride`.
fn make_layer(
    inplanes: usize,
    planes: usize,
    stride: usize,
    generator: &mut Generator,
) -> Result<Sequential, TorchError> {
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
fn initialise(model: &ResNet18, generator: &mut Generator) -> Result<(), TorchError> {
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
    fn forward(&self, x: &Tensor, pass: &mut ForwardPass<'_>) -> Result<Tensor, TorchError> {
        let x = self.bn1.call(&self.conv1.call(x, pass)?, pass)?;
        let x = self.relu.call(&x, pass)?; // N×64×32×32
        let x = self.maxpool.call(&x, pass)?; // N×64×16×16
        let x = self.layer1.call(&x, pass)?;
        let x = self.layer2.call(&x, pass)?; // N×128×8×8
        let x = self.layer3.call(&x, pass)?; // N×256×4×4
        let x = self.layer4.call(&x, pass)?; // N×512×2×2
        let x = self.avgpool.call(&x, pass)?; // N×512×1×1
        self.fc.call(&x.f_flatten(1, -1)?, pass) // N×num_classes
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let arguments = Arguments::parse();
    tch::set_num_threads(arguments.threads);
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
    let mut optimizer = Sgd::new(state_dict.parameter_tensors(), options)?;
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
