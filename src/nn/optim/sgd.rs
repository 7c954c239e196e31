use tch::Tensor;

use super::{Optimizer, OptimizerState, OptimizerStateError, add_scaled, add_scaled_};
use crate::TorchError;

/// `torch.optim.SGD`: stochastic gradient descent, with momentum if it is not zero.
///
/// For each parameter, with gradient g:
///
/// - g ← g + weight_decay · parameter
/// - buffer ← momentum · buffer + g, the first one being g
/// - parameter ← parameter - lr · buffer
pub struct Sgd {
    lr: f64,
    momentum: f64,
    weight_decay: f64,
    parameters: Vec<Tensor>,
    /// In the order of the parameters; empty before the first step and without momentum.
    momentum_buffer: Vec<Tensor>,
}

impl Sgd {
    /// `torch.optim.SGD(parameters, lr, momentum, weight_decay=weight_decay)`.
    pub fn new(parameters: Vec<Tensor>, lr: f64, momentum: f64, weight_decay: f64) -> Self {
        Self {
            lr,
            momentum,
            weight_decay,
            parameters,
            momentum_buffer: Vec::new(),
        }
    }

    /// The gradient of parameter `i` with the weight's decay and the steps before.
    fn direction(&mut self, i: usize, gradient: &Tensor) -> Result<Tensor, TorchError> {
        let gradient = match self.weight_decay {
            0.0 => gradient.shallow_clone(),
            weight_decay => add_scaled(gradient, &self.parameters[i], weight_decay)?,
        };
        if self.momentum == 0.0 {
            return Ok(gradient);
        }
        if let Some(buffer) = self.momentum_buffer.get_mut(i) {
            let _ = buffer.f_mul_scalar_(self.momentum)?.f_add_(&gradient)?;
        } else {
            self.momentum_buffer.push(gradient.f_detach_copy()?);
        }
        Ok(self.momentum_buffer[i].shallow_clone())
    }
}

impl Optimizer for Sgd {
    fn parameters(&self) -> &[Tensor] {
        &self.parameters
    }

    fn step(&mut self, gradients: &[Tensor]) -> Result<(), TorchError> {
        let _no_grad = tch::no_grad_guard();
        for (i, gradient) in gradients.iter().enumerate() {
            let direction = self.direction(i, gradient)?;
            add_scaled_(&mut self.parameters[i], &direction, -self.lr)?;
        }
        Ok(())
    }

    fn lr(&self) -> f64 {
        self.lr
    }

    fn set_lr(&mut self, lr: f64) {
        self.lr = lr;
    }

    fn state(&self) -> OptimizerState {
        let mut state = OptimizerState::default();
        state.insert("momentum_buffer", &self.momentum_buffer);
        state
    }

    fn set_state(&mut self, state: &OptimizerState) -> Result<(), OptimizerStateError> {
        // Before its first step an optimiser has no buffers, and without momentum it never has.
        let parameters = match state.tensors.is_empty() {
            true => &[],
            false => self.parameters.as_slice(),
        };
        [self.momentum_buffer] = state.copies(["momentum_buffer"], parameters)?;
        Ok(())
    }
}
