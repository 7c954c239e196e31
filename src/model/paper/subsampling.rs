use tch::Tensor;
use torch_twin::nn::functional::avg_pool2d;
use torch_twin::nn::{Forward, ForwardPass, Module};
use torch_twin::{Generator, Result};

use super::init;

/// The average of 2×2 units, times a trained coefficient, plus a trained bias, for each map.
pub struct Subsampling {
    /// The coefficients, channels × 1 × 1.
    pub weight: Tensor,
    /// channels × 1 × 1.
    pub bias: Tensor,
}

impl Subsampling {
    /// A layer with the paper's initial values.
    ///
    /// # Errors
    /// What libtorch refuses, too little memory above all.
    pub fn new(channels: usize, generator: &mut Generator) -> Result<Self> {
        let size = [channels, 1, 1];
        // The paper multiplies the sum of the four units, the fan-in, by its coefficient: four
        // times this one's share in the average.
        let (weight_fan_in, bias_fan_in) = (1, 4);
        Ok(Self {
            weight: init::uniform(&size, weight_fan_in, generator)?.set_requires_grad(true),
            bias: init::uniform(&size, bias_fan_in, generator)?.set_requires_grad(true),
        })
    }
}

impl Forward for Subsampling {
    /// N × channels × H × W to N × channels × H/2 × W/2.
    fn forward(&self, input: &Tensor, _pass: &mut ForwardPass<'_>) -> Result<Tensor> {
        let average = avg_pool2d(input, 2, 2)?;
        Ok(average.f_mul(&self.weight)?.f_add(&self.bias)?)
    }
}

impl Module for Subsampling {
    fn own_parameters(&self) -> Vec<(&str, &Tensor)> {
        vec![("weight", &self.weight), ("bias", &self.bias)]
    }
}
