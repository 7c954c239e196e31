use tch::Tensor;

use super::adam::{AdamStep, KEYS};
use super::parameters::Parameters;
use super::{Optimizer, OptimizerStateError};
use crate::{Tensors, TorchError};

/// `torch.optim.AdamW`: [`Adam`](super::Adam) whose weight decay does not pass through the moments.
///
/// Each step begins with parameter ← parameter · (1 - lr · weight_decay).
pub struct AdamW {
    parameters: Parameters,
    adam: AdamStep,
    weight_decay: f64,
}

impl AdamW {
    /// `torch.optim.AdamW(parameters, lr, weight_decay=weight_decay)`.
    pub fn new(parameters: Vec<Tensor>, lr: f64, weight_decay: f64) -> Self {
        Self {
            parameters: Parameters::new(parameters),
            adam: AdamStep::new(lr, 0.0),
            weight_decay,
        }
    }
}

impl Optimizer for AdamW {
    fn parameters(&self) -> &[Tensor] {
        self.parameters.tensors()
    }

    fn step(&mut self) -> Result<(), TorchError> {
        let kept = 1.0 - self.lr() * self.weight_decay;
        let Self {
            parameters, adam, ..
        } = self;
        parameters.update(|parameter, gradient, state| {
            let _ = parameter.f_mul_scalar_(kept)?;
            adam.update(parameter, gradient, state)
        })
    }

    fn lr(&self) -> f64 {
        self.adam.lr
    }

    fn set_lr(&mut self, lr: f64) {
        self.adam.lr = lr;
    }

    fn state_keys(&self) -> &'static [&'static str] {
        KEYS
    }

    fn state_dict(&self) -> Tensors {
        self.parameters.state_dict(KEYS)
    }

    fn load_state_dict(&mut self, state: &Tensors) -> Result<(), OptimizerStateError> {
        self.parameters.load_state_dict(state, KEYS)
    }
}
