use tch::Tensor;

use super::{Adam, Optimizer, OptimizerStateError};
use crate::{Tensors, TorchError};

/// `torch.optim.AdamW`: [`Adam`] whose weight decay does not pass through the moments.
///
/// Each step begins with parameter ← parameter · (1 - lr · weight_decay).
pub struct AdamW {
    adam: Adam,
    weight_decay: f64,
}

impl AdamW {
    /// `torch.optim.AdamW(parameters, lr, weight_decay=weight_decay)`.
    pub fn new(parameters: Vec<Tensor>, lr: f64, weight_decay: f64) -> Self {
        Self {
            adam: Adam::new(parameters, lr, 0.0),
            weight_decay,
        }
    }
}

impl Optimizer for AdamW {
    fn parameters(&self) -> &[Tensor] {
        self.adam.parameters()
    }

    fn step(&mut self) -> Result<(), TorchError> {
        let _no_grad = tch::no_grad_guard();
        for parameter in self.adam.parameters() {
            if parameter.f_grad()?.defined() {
                let kept = 1.0 - self.lr() * self.weight_decay;
                let _ = parameter.shallow_clone().f_mul_scalar_(kept)?;
            }
        }
        self.adam.step()
    }

    fn lr(&self) -> f64 {
        self.adam.lr()
    }

    fn set_lr(&mut self, lr: f64) {
        self.adam.set_lr(lr);
    }

    fn state_keys(&self) -> &'static [&'static str] {
        self.adam.state_keys()
    }

    fn state_dict(&self) -> Tensors {
        self.adam.state_dict()
    }

    fn load_state_dict(&mut self, state: &Tensors) -> Result<(), OptimizerStateError> {
        self.adam.load_state_dict(state)
    }
}
