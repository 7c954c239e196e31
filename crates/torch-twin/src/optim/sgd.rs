use tch::Tensor;

use super::arithmetic::{add_scaled_, decayed};
use super::parameters::Parameters;
use super::state::State;
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
    parameters: Parameters,
    lr: f64,
    momentum: f64,
    weight_decay: f64,
}

impl Sgd {
    /// `torch.optim.SGD(parameters, lr, momentum, weight_decay=weight_decay)`.
    pub fn new(parameters: Vec<Tensor>, lr: f64, momentum: f64, weight_decay: f64) -> Self {
        Self {
            parameters: Parameters::new(parameters),
            lr,
            momentum,
            weight_decay,
        }
    }
}

impl Optimizer for Sgd {
    fn parameters(&self) -> &[Tensor] {
        self.parameters.tensors()
    }

    fn step(&mut self) -> Result<(), TorchError> {
        let (lr, momentum, weight_decay) = (self.lr, self.momentum, self.weight_decay);
        self.parameters.update(|parameter, gradient, state| {
            let gradient = decayed(gradient, parameter, weight_decay)?;
            if momentum == 0.0 {
                return add_scaled_(parameter, &gradient, -lr);
            }
            let state = match state {
                Some(state) => {
                    let buffer = state.tensor("momentum_buffer");
                    let _ = buffer.f_mul_scalar_(momentum)?.f_add_(&gradient)?;
                    state
                }
                none => none.insert(State::new([("momentum_buffer", gradient.f_detach_copy()?)])),
            };
            add_scaled_(parameter, state.tensor("momentum_buffer"), -lr)
        })
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
        self.parameters.state_dict(self.state_keys())
    }

    fn load_state_dict(&mut self, state: &Tensors) -> Result<(), OptimizerStateError> {
        let keys = self.state_keys();
        self.parameters.load_state_dict(state, keys)
    }
}
