use tch::Tensor;

use super::arithmetic::{decayed, pow};
use super::parameters::Parameters;
use super::state::State;
use super::{Optimizer, OptimizerStateError};
use crate::{Tensors, TorchError};

pub(super) const KEYS: &[&str] = &["step", "exp_avg", "exp_avg_sq"];

/// `torch.optim.Adam`.
///
/// For each parameter, with gradient g at its step t:
///
/// - g ← g + weight_decay · parameter
/// - m ← m + (g - m) · (1 - β₁)
/// - v ← v · β₂ + (1 - β₂) · g · g
/// - parameter ← parameter - lr / (1 - β₁ᵗ) · m / (√v / √(1 - β₂ᵗ) + ε)
pub struct Adam {
    parameters: Parameters,
    step: AdamStep,
}

/// What Adam does to a parameter.
pub(super) struct AdamStep {
    pub lr: f64,
    betas: (f64, f64),
    eps: f64,
    weight_decay: f64,
}

impl Adam {
    /// `torch.optim.Adam(parameters, lr, weight_decay=weight_decay)`.
    pub fn new(parameters: Vec<Tensor>, lr: f64, weight_decay: f64) -> Self {
        Self {
            parameters: Parameters::new(parameters),
            step: AdamStep::new(lr, weight_decay),
        }
    }
}

impl AdamStep {
    pub fn new(lr: f64, weight_decay: f64) -> Self {
        Self {
            lr,
            betas: (0.9, 0.999),
            eps: 1e-8,
            weight_decay,
        }
    }

    pub fn update(
        &self,
        parameter: &mut Tensor,
        gradient: &Tensor,
        state: &mut Option<State>,
    ) -> Result<(), TorchError> {
        let gradient = decayed(gradient, parameter, self.weight_decay)?;
        let state = match state {
            Some(state) => state,
            none => none.insert(State::new([
                ("exp_avg", parameter.f_zeros_like()?),
                ("exp_avg_sq", parameter.f_zeros_like()?),
            ])),
        };
        let (beta1, beta2) = self.betas;
        state.step += 1;
        let step = state.step as f64;
        let step_size = self.lr / (1.0 - pow(beta1, step));
        let bias_correction2_sqrt = pow(1.0 - pow(beta2, step), 0.5);

        let exp_avg = state.tensor("exp_avg");
        let _ = exp_avg.f_lerp_(&gradient, 1.0 - beta1)?;
        // Python passes `value=1 - beta2` to addcmul_, and `value=-step_size` to addcdiv_. tch has
        // no such argument; libtorch multiplies the first factor by it, as done here.
        let numerator = exp_avg.f_mul_scalar(-step_size)?;
        let scaled = gradient.f_mul_scalar(1.0 - beta2)?;
        let exp_avg_sq = state.tensor("exp_avg_sq");
        let _ = exp_avg_sq
            .f_mul_scalar_(beta2)?
            .f_addcmul_(&scaled, &gradient)?;
        let denominator = exp_avg_sq
            .f_sqrt()?
            .f_div_scalar_(bias_correction2_sqrt)?
            .f_add_scalar_(self.eps)?;
        let _ = parameter.f_addcdiv_(&numerator, &denominator)?;
        Ok(())
    }
}

impl Optimizer for Adam {
    fn parameters(&self) -> &[Tensor] {
        self.parameters.tensors()
    }

    fn step(&mut self) -> Result<(), TorchError> {
        let Self { parameters, step } = self;
        parameters.update(|parameter, gradient, state| step.update(parameter, gradient, state))
    }

    fn lr(&self) -> f64 {
        self.step.lr
    }

    fn set_lr(&mut self, lr: f64) {
        self.step.lr = lr;
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
