use tch::Tensor;
use torch_twin::nn::functional::tanh;
use torch_twin::nn::{AvgPool2d, Conv2d, Forward, ForwardPass, Linear, module};
use torch_twin::{Generator, Result};

use super::Classifier;

module! {
    /// LeNet-5 as the PyTorch tutorials write it: tanh, average pooling, a full C3.
    pub struct Classic(num_classes: usize, generator: &mut Generator) {
        conv1: Conv2d = Conv2d::new(1, 6, 5, generator)?, // C1
        pool1: AvgPool2d = AvgPool2d::new(2)?, // S2
        conv2: Conv2d = Conv2d::new(6, 16, 5, generator)?, // C3
        pool2: AvgPool2d = AvgPool2d::new(2)?, // S4
        conv3: Conv2d = Conv2d::new(16, 120, 5, generator)?, // C5
        fc1: Linear = Linear::new(120, 84, generator)?, // F6
        fc2: Linear = Linear::new(84, num_classes, generator)?, // output
    }
}

impl Forward for Classic {
    fn forward(&self, x: &Tensor, pass: &mut ForwardPass<'_>) -> Result<Tensor> {
        let mut x = self
            .pool1
            .forward(&tanh(self.conv1.forward(x, pass)?)?, pass)?; // N×6×14×14
        x = self
            .pool2
            .forward(&tanh(self.conv2.forward(&x, pass)?)?, pass)?; // N×16×5×5
        x = tanh(self.conv3.forward(&x, pass)?)?; // N×120×1×1
        x = x.f_flatten(1, -1)?; // N×120
        x = tanh(self.fc1.forward(&x, pass)?)?; // N×84
        self.fc2.forward(&x, pass) // N×num_classes
    }
}

impl Classifier for Classic {}
