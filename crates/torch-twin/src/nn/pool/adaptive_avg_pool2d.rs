use tch::Tensor;

use crate::TorchError;
use crate::nn::deep_copy::deep_copy_by_clone;
use crate::nn::sides::{Sides, checked_sides};
use crate::nn::{Forward, ForwardPass, Module};

/// `torch.nn.AdaptiveAvgPool2d(output_size)`: means over windows that make a picture of this size.
#[derive(Clone, Debug)]
pub struct AdaptiveAvgPool2d {
    output_size: [i64; 2],
}

impl AdaptiveAvgPool2d {
    /// A layer whose output has this size.
    ///
    /// # Errors
    /// A size that libtorch cannot count.
    pub fn new(output_size: impl Sides<2>) -> Result<Self, TorchError> {
        Ok(Self {
            output_size: checked_sides(output_size.sides())?,
        })
    }
}

impl Forward for AdaptiveAvgPool2d {
    /// N × C × H × W to N × C × output_size.
    fn forward(&self, input: &Tensor, _pass: &mut ForwardPass<'_>) -> Result<Tensor, TorchError> {
        Ok(input.f_adaptive_avg_pool2d(self.output_size)?)
    }
}

impl Module for AdaptiveAvgPool2d {
    deep_copy_by_clone!();
}
