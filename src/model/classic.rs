use tch::Tensor;

use super::{Design, ForwardHook, Layer, Network, Recipe, Variant};
use crate::TorchError;
use crate::nn::{AvgPool2d, Conv2d, Generator, Linear, Module};

/// The choice `classic`.
pub const VARIANT: Variant = Variant {
    name: "classic",
    build: |num_classes, generator| Ok(Box::new(Classic::new(num_classes, generator)?)),
    fixed_classes: None,
    design: Design {
        activation: "tanh",
        pooling: "average",
        normalisation: "none",
        reported: "tutorial: about 99.0 %",
    },
    tutorial: Recipe::TUTORIAL,
    best: Recipe::BEST,
};

/// LeNet-5 as the PyTorch tutorials write it: tanh, average pooling, a full C3.
///
/// 61,706 parameters with 10 classes. `python_ref/model/classic.py` is the same in PyTorch.
pub struct Classic {
    /// C1.
    pub conv1: Conv2d,
    /// S2.
    pub pool1: AvgPool2d,
    /// C3.
    pub conv2: Conv2d,
    /// S4.
    pub pool2: AvgPool2d,
    /// C5.
    pub conv3: Conv2d,
    /// F6.
    pub fc1: Linear,
    /// The output.
    pub fc2: Linear,
}

impl Classic {
    /// A network with PyTorch's initial values.
    ///
    /// # Errors
    /// What libtorch refuses, a negative `num_classes` above all.
    pub fn new(num_classes: i64, generator: &mut Generator) -> Result<Self, TorchError> {
        Ok(Self {
            conv1: Conv2d::new(1, 6, 5, generator)?,
            pool1: AvgPool2d::new(2, 2),
            conv2: Conv2d::new(6, 16, 5, generator)?,
            pool2: AvgPool2d::new(2, 2),
            conv3: Conv2d::new(16, 120, 5, generator)?,
            fc1: Linear::new(120, 84, generator)?,
            fc2: Linear::new(84, num_classes, generator)?,
        })
    }
}

impl Network for Classic {
    fn forward_t(
        &self,
        images: &Tensor, // N×1×32×32
        _train: bool,
        hook: &mut ForwardHook<'_>,
    ) -> Result<Tensor, TorchError> {
        let mut x = self.conv1.forward(images)?; // N×6×28×28
        hook("conv1", &x);
        x = self.pool1.forward(&x.f_tanh()?)?; // N×6×14×14
        hook("pool1", &x);
        x = self.conv2.forward(&x)?; // N×16×10×10
        hook("conv2", &x);
        x = self.pool2.forward(&x.f_tanh()?)?; // N×16×5×5
        hook("pool2", &x);
        x = self.conv3.forward(&x)?; // N×120×1×1
        hook("conv3", &x);
        x = x.f_tanh()?.f_flatten(1, -1)?; // N×120
        x = self.fc1.forward(&x)?; // N×84
        hook("fc1", &x);
        x = self.fc2.forward(&x.f_tanh()?)?; // N×num_classes
        hook("fc2", &x);
        Ok(x)
    }

    fn layers(&self) -> Vec<Layer<'_>> {
        vec![
            Layer::new("C1", "conv1", &self.conv1).then("tanh"),
            Layer::new("S2", "pool1", &self.pool1),
            Layer::new("C3", "conv2", &self.conv2).then("tanh"),
            Layer::new("S4", "pool2", &self.pool2),
            Layer::new("C5", "conv3", &self.conv3).then("tanh"),
            Layer::new("F6", "fc1", &self.fc1).then("tanh"),
            Layer::new("output", "fc2", &self.fc2),
        ]
    }
}
