use tch::Tensor;

use super::arithmetic::{add_scaled_, decayed};
use super::state::SavedState;
use super::{Optimizer, OptimizerStateError};
use crate::{Tensors, TorchError};

const KEYS: &[&str] = &["momentum_buffer"];

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
    /// In the order of the parameters; none before a parameter's first step and without momentum.
    momentum_buffers: Vec<Option<Tensor>>,
}

impl Sgd {
    /// `torch.optim.SGD(parameters, lr, momentum, weight_decay=weight_decay)`.
    pub fn new(parameters: Vec<Tensor>, lr: f64, momentum: f64, weight_decay: f64) -> Self {
        Self {
            lr,
            momentum,
            weight_decay,
            momentum_buffers: parameters.iter().map(|_| None).collect(),
            parameters,
        }
    }

    /// The gradient of the parameter at `index` with the weight's decay and the steps before.
    fn direction(&mut self, index: usize, gradient: &Tensor) -> Result<Tensor, TorchError> {
        let gradient = decayed(gradient, &self.parameters[index], self.weight_decay)?;
        if self.momentum == 0.0 {
            return Ok(gradient);
        }
        let buffer = match &mut self.momentum_buffers[index] {
            Some(buffer) => {
                let _ = buffer.f_mul_scalar_(self.momentum)?.f_add_(&gradient)?;
                buffer
            }
            none => none.insert(gradient.f_detach_copy()?),
        };
        Ok(buffer.shallow_clone())
    }
}

impl Optimizer for Sgd {
    fn parameters(&self) -> &[Tensor] {
        &self.parameters
    }

    fn step(&mut self) -> Result<(), TorchError> {
        let _no_grad = tch::no_grad_guard();
        for index in 0..self.parameters.len() {
            let gradient = self.parameters[index].f_grad()?;
            if gradient.defined() {
                let direction = self.direction(index, &gradient)?;
                add_scaled_(&mut self.parameters[index], &direction, -self.lr)?;
            }
        }
        Ok(())
    }

    fn lr(&self) -> f64 {
        self.lr
    }

    fn set_lr(&mut self, lr: f64) {
        self.lr = lr;
    }

    fn state_keys(&self) -> &'static [&'static str] {
        if self.momentum == 0.0 { &[] } else { KEYS }
    }

    fn state_dict(&self) -> Tensors {
        let buffers = self.momentum_buffers.iter().enumerate();
        let named = buffers.filter_map(|(index, buffer)| {
            let buffer = buffer.as_ref()?.shallow_clone();
            Some((format!("{index}.momentum_buffer"), buffer))
        });
        named.collect()
    }

    fn load_state_dict(&mut self, state: &Tensors) -> Result<(), OptimizerStateError> {
        let saved = SavedState::new(state, &self.parameters, self.state_keys())?;
        self.momentum_buffers = saved.of_each(|parameter| parameter.tensor("momentum_buffer"))?;
        Ok(())
    }
}
