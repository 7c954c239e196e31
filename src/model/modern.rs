use tch::Tensor;
use torch_twin::nn::functional::relu;
use torch_twin::nn::{BatchNorm2d, Conv2d, Forward, ForwardPass, Linear, MaxPool2d, module};
use torch_twin::{Generator, Result};

use super::Classifier;

module! {
    /// LeNet-5 as the tutorials improve it: ReLU, maximum pooling, batch normalisation.
    pub struct Modern(num_classes: usize, generator: &mut Generator) {
        conv1: Conv2d = Conv2d::new(1, 6, 5, generator)?, // C1
        bn1: BatchNorm2d = BatchNorm2d::new(6)?,
        pool1: MaxPool2d = MaxPool2d::new(2)?, // S2
        conv2: Conv2d = Conv2d::new(6, 16, 5, generator)?, // C3
        bn2: BatchNorm2d = BatchNorm2d::new(16)?,
        pool2: MaxPool2d = MaxPool2d::new(2)?, // S4
        conv3: Conv2d = Conv2d::new(16, 120, 5, generator)?, // C5
        bn3: BatchNorm2d = BatchNorm2d::new(120)?,
        fc1: Linear = Linear::new(120, 84, generator)?, // F6
        fc2: Linear = Linear::new(84, num_classes, generator)?, // output
    }
}

impl Forward for Modern {
    fn forward(&self, x: &Tensor, pass: &mut ForwardPass<'_>) -> Result<Tensor> {
        let mut x = relu(self.bn1.forward(&self.conv1.forward(x, pass)?, pass)?)?; // N×6×28×28
        x = self.pool1.forward(&x, pass)?; // N×6×14×14
        x = relu(self.bn2.forward(&self.conv2.forward(&x, pass)?, pass)?)?; // N×16×10×10
        x = self.pool2.forward(&x, pass)?; // N×16×5×5
        x = relu(self.bn3.forward(&self.conv3.forward(&x, pass)?, pass)?)?; // N×120×1×1
        x = x.f_flatten(1, -1)?; // N×120
        x = relu(self.fc1.forward(&x, pass)?)?; // N×84
        self.fc2.forward(&x, pass) // N×num_classes
    }
}

impl Classifier for Modern {}
