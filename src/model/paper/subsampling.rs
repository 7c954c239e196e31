use tch::Tensor;

use super::init;
use crate::TorchError;
use crate::nn::{Generator, Module, Window};

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
    /// What libtorch refuses, a negative size above all.
    pub fn new(channels: i64, generator: &mut Generator) -> Result<Self, TorchError> {
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

impl Module for Subsampling {
    fn describe(&self) -> String {
        "2×2 average, stride 2, trained coefficient and bias".to_owned()
    }

    fn window(&self) -> Option<Window> {
        Some(Window {
            side: 2,
            stride: 2,
            padding: 0,
        })
    }

    /// N × channels × H × W to N × channels × H/2 × W/2.
    fn forward(&self, input: &Tensor) -> Result<Tensor, TorchError> {
        let average = input.f_avg_pool2d(2, 2, 0, false, true, None::<i64>)?;
        Ok(average.f_mul(&self.weight)?.f_add(&self.bias)?)
    }

    fn parameters(&self) -> Vec<(&'static str, &Tensor)> {
        vec![("weight", &self.weight), ("bias", &self.bias)]
    }

    fn multiply_adds(&self, output: &[i64]) -> i64 {
        output.iter().product()
    }
}
