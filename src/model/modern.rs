use tch::Tensor;

use super::{Design, ForwardHook, Layer, Network, Recipe, Variant};
use crate::TorchError;
use crate::data::RandomAffine;
use crate::nn::{BatchNorm2d, Conv2d, Generator, Linear, MaxPool2d, Module};

/// The choice `modern`.
pub const VARIANT: Variant = Variant {
    name: "modern",
    build: |num_classes, generator| Ok(Box::new(Modern::new(num_classes, generator)?)),
    fixed_classes: None,
    design: Design {
        activation: "ReLU",
        pooling: "maximum",
        normalisation: "BatchNorm",
        reported: "tutorial: about 99.3 %",
    },
    tutorial: Recipe {
        augmentation: AUGMENTATION,
        ..Recipe::TUTORIAL
    },
    best: Recipe {
        augmentation: AUGMENTATION,
        ..Recipe::BEST
    },
};

/// The tutorial's random rotation and translation; it gives no sizes.
const AUGMENTATION: RandomAffine = RandomAffine {
    rotation: 10.0,
    shift: 2.0,
};

/// LeNet-5 as the tutorials improve it: ReLU, maximum pooling, batch normalisation.
///
/// 61,990 parameters with 10 classes. `python_ref/model/modern.py` is the same in PyTorch.
pub struct Modern {
    /// C1.
    pub conv1: Conv2d,
    /// C1's normalisation.
    pub bn1: BatchNorm2d,
    /// S2.
    pub pool1: MaxPool2d,
    /// C3.
    pub conv2: Conv2d,
    /// C3's normalisation.
    pub bn2: BatchNorm2d,
    /// S4.
    pub pool2: MaxPool2d,
    /// C5.
    pub conv3: Conv2d,
    /// C5's normalisation.
    pub bn3: BatchNorm2d,
    /// F6.
    pub fc1: Linear,
    /// The output.
    pub fc2: Linear,
}

impl Modern {
    /// A network with PyTorch's initial values.
    ///
    /// # Errors
    /// What libtorch refuses, a negative `num_classes` above all.
    pub fn new(num_classes: i64, generator: &mut Generator) -> Result<Self, TorchError> {
        Ok(Self {
            conv1: Conv2d::new(1, 6, 5, generator)?,
            bn1: BatchNorm2d::new(6)?,
            pool1: MaxPool2d::new(2, 2),
            conv2: Conv2d::new(6, 16, 5, generator)?,
            bn2: BatchNorm2d::new(16)?,
            pool2: MaxPool2d::new(2, 2),
            conv3: Conv2d::new(16, 120, 5, generator)?,
            bn3: BatchNorm2d::new(120)?,
            fc1: Linear::new(120, 84, generator)?,
            fc2: Linear::new(84, num_classes, generator)?,
        })
    }
}

impl Network for Modern {
    fn forward_t(
        &self,
        images: &Tensor, // N×1×32×32
        train: bool,
        hook: &mut ForwardHook<'_>,
    ) -> Result<Tensor, TorchError> {
        let x = self.conv1.forward(images)?; // N×6×28×28
        hook("conv1", &x);
        let x = self.bn1.forward_t(&x, train)?;
        hook("bn1", &x);
        let x = self.pool1.forward(&x.f_relu()?)?; // N×6×14×14
        hook("pool1", &x);
        let x = self.conv2.forward(&x)?; // N×16×10×10
        hook("conv2", &x);
        let x = self.bn2.forward_t(&x, train)?;
        hook("bn2", &x);
        let x = self.pool2.forward(&x.f_relu()?)?; // N×16×5×5
        hook("pool2", &x);
        let x = self.conv3.forward(&x)?; // N×120×1×1
        hook("conv3", &x);
        let x = self.bn3.forward_t(&x, train)?;
        hook("bn3", &x);
        let x = x.f_relu()?.f_flatten(1, -1)?; // N×120
        let x = self.fc1.forward(&x)?; // N×84
        hook("fc1", &x);
        let x = self.fc2.forward(&x.f_relu()?)?; // N×num_classes
        hook("fc2", &x);
        Ok(x)
    }

    fn layers(&self) -> Vec<Layer<'_>> {
        vec![
            Layer::new("C1", "conv1", &self.conv1),
            Layer::new("C1", "bn1", &self.bn1).then("ReLU"),
            Layer::new("S2", "pool1", &self.pool1),
            Layer::new("C3", "conv2", &self.conv2),
            Layer::new("C3", "bn2", &self.bn2).then("ReLU"),
            Layer::new("S4", "pool2", &self.pool2),
            Layer::new("C5", "conv3", &self.conv3),
            Layer::new("C5", "bn3", &self.bn3).then("ReLU"),
            Layer::new("F6", "fc1", &self.fc1).then("ReLU"),
            Layer::new("output", "fc2", &self.fc2),
        ]
    }
}
