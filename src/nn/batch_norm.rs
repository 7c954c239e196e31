use tch::{Device, Kind, TchError, Tensor};

use super::Module;
use crate::TorchError;

/// `torch.nn.BatchNorm2d(num_features)`.
///
/// Each channel is brought to mean 0 and variance 1, then scaled by `weight` and shifted by
/// `bias`. In `train` mode mean and variance are the batch's, and the running ones follow them; in
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
    /// A layer with PyTorch's initial values.
    ///
    /// # Errors
    /// What libtorch refuses, a negative size above all.
    pub fn new(num_features: i64) -> Result<Self, TorchError> {
        let float = (Kind::Float, Device::Cpu);
        let ones = || Tensor::f_ones([num_features], float);
        let zeros = || Tensor::f_zeros([num_features], float);
        Ok(Self {
            weight: ones()?.set_requires_grad(true),
            bias: zeros()?.set_requires_grad(true),
            running_mean: zeros()?,
            running_var: ones()?,
            num_batches_tracked: Tensor::f_zeros([], (Kind::Int64, Device::Cpu))?,
        })
    }
}

impl Module for BatchNorm2d {
    fn forward(&self, input: &Tensor) -> Result<Tensor, TorchError> {
        self.forward_t(input, false)
    }

    /// N × C × H × W to the same.
    fn forward_t(&self, input: &Tensor, train: bool) -> Result<Tensor, TorchError> {
        const MOMENTUM: f64 = 0.1;
        const EPS: f64 = 1e-5;
        if train {
            more_than_one_value(input)?;
            let _ = self.num_batches_tracked.shallow_clone().f_add_scalar_(1)?;
        }
        Ok(input.f_batch_norm(
            Some(&self.weight),
            Some(&self.bias),
            Some(&self.running_mean),
            Some(&self.running_var),
            train,
            MOMENTUM,
            EPS,
            true,
        )?)
    }

    fn parameters(&self) -> Vec<(&'static str, &Tensor)> {
        vec![("weight", &self.weight), ("bias", &self.bias)]
    }

    fn buffers(&self) -> Vec<(&'static str, &Tensor)> {
        vec![
            ("running_mean", &self.running_mean),
            ("running_var", &self.running_var),
            ("num_batches_tracked", &self.num_batches_tracked),
        ]
    }

    fn describe(&self) -> String {
        "batch normalisation".to_owned()
    }

    fn multiply_adds(&self, output: &[i64]) -> i64 {
        output.iter().product()
    }
}

/// Python refuses to train on a single value a channel, which has no variance; libtorch would
/// make the running variance NaN.
fn more_than_one_value(input: &Tensor) -> Result<(), TorchError> {
    let size = input.size();
    if input.numel() as i64 > size.get(1).copied().unwrap_or_default() {
        return Ok(());
    }
    Err(TorchError::from(TchError::Shape(format!(
        "expected more than 1 value per channel when training, got input size {size:?}"
    ))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_single_value_a_channel_is_refused_in_training_as_in_python() {
        let layer = BatchNorm2d::new(3).unwrap();
        let input = Tensor::ones([1, 3, 1, 1], (Kind::Float, Device::Cpu));
        assert!(layer.forward_t(&input, true).is_err());
        assert!(layer.forward_t(&input, false).is_ok());
        assert_eq!(layer.num_batches_tracked.int64_value(&[]), 0);
    }
}
