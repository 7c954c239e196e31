use tch::Tensor;

use super::{Adam, Optimizer, OptimizerState, OptimizerStateError};
use crate::TorchError;

/// `torch.optim.AdamW`: [`Adam`] whose weight decay does not pass through the moments.
///
/// Each step begins with parameter ← parameter · (1 - lr · weight_decay).
pub struct AdamW {
    adam: Adam,
    weight_decay: f64,
}

impl AdamW {
    /// `torch.optim.AdamW(parameters, lr, weight_decay=weight_decay)`.
    ///
    /// # Errors
    /// What libtorch refuses, too little memory above all.
    pub fn new(parameters: Vec<Tensor>, lr: f64, weight_decay: f64) -> Result<Self, TorchError> {
        let adam = Adam::new(parameters, lr, 0.0)?;
        Ok(Self { adam, weight_decay })
    }
}

impl Optimizer for AdamW {
    fn parameters(&self) -> &[Tensor] {
        self.adam.parameters()
    }

    fn step(&mut self, gradients: &[Tensor]) -> Result<(), TorchError> {
        let _no_grad = tch::no_grad_guard();
        for parameter in self.adam.parameters() {
            let kept = 1.0 - self.lr() * self.weight_decay;
            let _ = parameter.shallow_clone().f_mul_scalar_(kept)?;
        }
        self.adam.step(gradients)
    }

    fn lr(&self) -> f64 {
        self.adam.lr()
    }

    fn set_lr(&mut self, lr: f64) {
        self.adam.set_lr(lr);
    }

    fn state(&self) -> OptimizerState {
        self.adam.state()
    }

    fn set_state(&mut self, state: &OptimizerState) -> Result<(), OptimizerStateError> {
        self.adam.set_state(state)
    }
}
