use tch::Tensor;

use super::arithmetic::{decayed, pow};
use super::state::{SavedState, step_tensor};
use super::{Optimizer, OptimizerStateError};
use crate::{Tensors, TorchError};

const KEYS: &[&str] = &["step", "exp_avg", "exp_avg_sq"];

/// `torch.optim.Adam`.
///
/// For each parameter, with gradient g at its step t:
///
/// - g ← g + weight_decay · parameter
/// - m ← m + (g - m) · (1 - β₁)
/// - v ← v · β₂ + (1 - β₂) · g · g
/// - parameter ← parameter - lr / (1 - β₁ᵗ) · m / (√v / √(1 - β₂ᵗ) + ε)
pub struct Adam {
    lr: f64,
    betas: (f64, f64),
    eps: f64,
    weight_decay: f64,
    parameters: Vec<Tensor>,
    /// In the order of the parameters; none before a parameter's first step.
    states: Vec<Option<State>>,
}

struct State {
    step: u64,
    /// The first moment, m.
    exp_avg: Tensor,
    /// The second moment, v.
    exp_avg_sq: Tensor,
}

impl Adam {
    /// `torch.optim.Adam(parameters, lr, weight_decay=weight_decay)`.
    pub fn new(parameters: Vec<Tensor>, lr: f64, weight_decay: f64) -> Self {
        Self {
            lr,
            betas: (0.9, 0.999),
            eps: 1e-8,
            weight_decay,
            states: parameters.iter().map(|_| None).collect(),
            parameters,
        }
    }

    fn update(&mut self, index: usize, gradient: &Tensor) -> Result<(), TorchError> {
        let parameter = &mut self.parameters[index];
        let gradient = decayed(gradient, parameter, self.weight_decay)?;
        let state = match &mut self.states[index] {
            Some(state) => state,
            none => none.insert(State::new(parameter)?),
        };
        let (beta1, beta2) = self.betas;
        state.step += 1;
        let step = state.step as f64;
        let step_size = self.lr / (1.0 - pow(beta1, step));
        let bias_correction2_sqrt = pow(1.0 - pow(beta2, step), 0.5);

        let _ = state.exp_avg.f_lerp_(&gradient, 1.0 - beta1)?;
        // Python passes `value=1 - beta2` to addcmul_, and `value=-step_size` to addcdiv_. tch has
        // no such argument; libtorch multiplies the first factor by it, as done here.
        let scaled = gradient.f_mul_scalar(1.0 - beta2)?;
        let _ = state
            .exp_avg_sq
            .f_mul_scalar_(beta2)?
            .f_addcmul_(&scaled, &gradient)?;
        let denominator = state
            .exp_avg_sq
            .f_sqrt()?
            .f_div_scalar(bias_correction2_sqrt)?
            .f_add_scalar_(self.eps)?;
        let numerator = state.exp_avg.f_mul_scalar(-step_size)?;
        let _ = parameter.f_addcdiv_(&numerator, &denominator)?;
        Ok(())
    }
}

impl State {
    fn new(parameter: &Tensor) -> Result<Self, TorchError> {
        Ok(Self {
            step: 0,
            exp_avg: parameter.f_zeros_like()?,
            exp_avg_sq: parameter.f_zeros_like()?,
        })
    }
}

impl Optimizer for Adam {
    fn parameters(&self) -> &[Tensor] {
        &self.parameters
    }

    fn step(&mut self) -> Result<(), TorchError> {
        let _no_grad = tch::no_grad_guard();
        for index in 0..self.parameters.len() {
            let gradient = self.parameters[index].f_grad()?;
            if gradient.defined() {
                self.update(index, &gradient)?;
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
        KEYS
    }

    fn state_dict(&self) -> Tensors {
        let states = self.states.iter().enumerate();
        let states = states.filter_map(|(index, state)| Some((index, state.as_ref()?)));
        let tensors = states.flat_map(|(index, state)| {
            [
                (format!("{index}.step"), step_tensor(state.step)),
                (format!("{index}.exp_avg"), state.exp_avg.shallow_clone()),
                (
                    format!("{index}.exp_avg_sq"),
                    state.exp_avg_sq.shallow_clone(),
                ),
            ]
        });
        tensors.collect()
    }

    fn load_state_dict(&mut self, state: &Tensors) -> Result<(), OptimizerStateError> {
        let saved = SavedState::new(state, &self.parameters, KEYS)?;
        self.states = saved.of_each(|parameter| {
            Ok(State {
                step: parameter.step()?,
                exp_avg: parameter.tensor("exp_avg")?,
                exp_avg_sq: parameter.tensor("exp_avg_sq")?,
            })
        })?;
        Ok(())
    }
}
