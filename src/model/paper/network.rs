use tch::Tensor;
use torch_twin::nn::functional::tanh;
use torch_twin::nn::{Conv2d, Forward, ForwardPass, Linear, module};
use torch_twin::{Generator, Result};

use super::{Output, PartialConv2d, Subsampling, init};
use crate::model::Classifier;

/// The S of the scaled hyperbolic tangent A·tanh(S·a), the paper's appendix A.
pub const SLOPE: f64 = 2.0 / 3.0;

/// Its A.
pub const AMPLITUDE: f64 = 1.7159;

/// From the level of the ground to that of the ink.
pub const CONTRAST: f64 = 1.275;

/// How far the level of the ground is below 0.
pub const BACKGROUND: f64 = 0.1;

/// The scaled hyperbolic tangent.
fn squash(x: Tensor) -> Result<Tensor> {
    Ok(tanh(x.f_mul_scalar(SLOPE)?)?.f_mul_scalar(AMPLITUDE)?)
}

module! {
    /// LeNet-5 of 1998: a partially connected C3, trained subsampling, the scaled tanh; `output`
    /// makes the last layer.
    pub struct Paper(
        output: impl FnOnce(&mut Generator) -> Result<Output>,
        generator: &mut Generator,
    ) {
        conv1: Conv2d = init::conv2d(1, 6, 5, generator)?, // C1
        pool1: Subsampling = Subsampling::new(6, generator)?, // S2
        conv2: PartialConv2d = PartialConv2d::new(generator)?, // C3
        pool2: Subsampling = Subsampling::new(16, generator)?, // S4
        conv3: Conv2d = init::conv2d(16, 120, 5, generator)?, // C5
        fc1: Linear = init::linear(120, 84, generator)?, // F6
        fc2: Output = output(generator)?, // output
    }
}

impl Forward for Paper {
    fn forward(&self, x: &Tensor, pass: &mut ForwardPass<'_>) -> Result<Tensor> {
        // From [0, 1] to the background's -0.1 and the ink's 1.175.
        let mut x = x.f_mul_scalar(CONTRAST)?.f_sub_scalar(BACKGROUND)?; // N×1×32×32
        x = squash(self.conv1.forward(&x, pass)?)?; // N×6×28×28
        x = squash(self.pool1.forward(&x, pass)?)?; // N×6×14×14
        x = squash(self.conv2.forward(&x, pass)?)?; // N×16×10×10
        x = squash(self.pool2.forward(&x, pass)?)?; // N×16×5×5
        x = squash(self.conv3.forward(&x, pass)?)?; // N×120×1×1
        x = x.f_flatten(1, -1)?; // N×120
        x = squash(self.fc1.forward(&x, pass)?)?; // N×84
        self.fc2.forward(&x, pass) // N×num_classes
    }
}

impl Classifier for Paper {
    fn loss(&self, logits: &Tensor, labels: &Tensor) -> Result<Tensor> {
        self.fc2.module().loss(logits, labels)
    }
}
