use tch::{Device, Kind, Tensor};

use super::{Forward, ForwardPass, Module};
use crate::TorchError;

/// `torch.nn.BatchNorm2d(num_features)`.
///
/// Each channel is brought to mean 0 and variance 1, then scaled by `weight` and shifted by
/// `bias`. In training mean and variance are the batch's, and the running ones follow them; in
/// `eval` mode they are the running ones.
pub struct BatchNorm2d {
    /// num_features.
    pub weight: Tensor,
    /// num_features.
    pub bias: Tensor,
    /// num_features.
    pub running_mean: Tensor,
    /// num_features.
    pub running_var: Tensor,
    /// A scalar, int64.
    pub num_batches_tracked: Tensor,
}

impl BatchNorm2d {
    /// What is added to a variance, so that it is never 0.
    pub const EPS: f64 = 1e-5;

    /// A layer with PyTorch's initial values.
    ///
    /// # Errors
    /// What libtorch refuses, too little memory above all.
    pub fn new(num_features: usize) -> Result<Self, TorchError> {
        let float = (Kind::Float, Device::Cpu);
        let ones = || Tensor::f_ones([num_features as i64], float);
        let zeros = || Tensor::f_zeros([num_features as i64], float);
        Ok(Self {
            weight: ones()?.set_requires_grad(true),
            bias: zeros()?.set_requires_grad(true),
            running_mean: zeros()?,
            running_var: ones()?,
            num_batches_tracked: Tensor::f_zeros([], (Kind::Int64, Device::Cpu))?,
        })
    }
}

impl Forward for BatchNorm2d {
    /// N × C × H × W to the same.
    fn forward(&self, input: &Tensor, pass: &mut ForwardPass<'_>) -> Result<Tensor, TorchError> {
        const MOMENTUM: f64 = 0.1;
        if pass.training() {
            not_a_single_value(input)?;
            let _ = self.num_batches_tracked.shallow_clone().f_add_scalar_(1)?;
        }
        Ok(input.f_batch_norm(
            Some(&self.weight),
            Some(&self.bias),
            Some(&self.running_mean),
            Some(&self.running_var),
            pass.training(),
            MOMENTUM,
            Self::EPS,
            true,
        )?)
    }
}

impl Module for BatchNorm2d {
    fn parameters(&self) -> Vec<(&str, &Tensor)> {
        vec![("weight", &self.weight), ("bias", &self.bias)]
    }

    fn buffers(&self) -> Vec<(&str, &Tensor)> {
        vec![
            ("running_mean", &self.running_mean),
            ("running_var", &self.running_var),
            ("num_batches_tracked", &self.num_batches_tracked),
        ]
    }
}

/// Python refuses to train on a single value a channel, which has no variance; libtorch would
/// make the running variance NaN. An empty batch passes in both.
fn not_a_single_value(input: &Tensor) -> Result<(), TorchError> {
    let size = input.size();
    if input.numel() as i64 != size.get(1).copied().unwrap_or_default() {
        return Ok(());
    }
    Err(TorchError::new(&format!(
        "expected more than 1 value per channel when training, got input size {size:?}"
    )))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_single_value_a_channel_is_refused_in_training_as_in_python() {
        let layer = BatchNorm2d::new(3).unwrap();
        let input = Tensor::ones([1, 3, 1, 1], (Kind::Float, Device::Cpu));
        assert!(layer.forward(&input, &mut ForwardPass::train()).is_err());
        assert!(layer.forward(&input, &mut ForwardPass::eval()).is_ok());
        assert_eq!(layer.num_batches_tracked.int64_value(&[]), 0);
    }

    #[test]
    fn an_empty_batch_passes_and_counts_as_in_python() {
        let layer = BatchNorm2d::new(3).unwrap();
        let input = Tensor::ones([0, 3, 2, 2], (Kind::Float, Device::Cpu));
        let output = layer.forward(&input, &mut ForwardPass::train()).unwrap();
        assert_eq!(output.size(), [0, 3, 2, 2]);
        assert_eq!(layer.num_batches_tracked.int64_value(&[]), 1);
        assert_eq!(
            layer.running_var,
            Tensor::ones([3], (Kind::Float, Device::Cpu))
        );
    }
}
