use tch::Tensor;

use super::algorithm::Algorithm;
use super::arithmetic::{ascended, bias_correction, decayed, pow};
use super::state::State;
use super::{GroupedOptimizer, OptimizerError, arguments};
use crate::{TorchError, native};

/// `torch.optim.NAdam`: Adam with Nesterov's momentum.
///
/// For each parameter, with gradient g at its step t:
///
/// - g ← g + weight_decay · parameter; decoupled, parameter ← parameter · (1 - lr · weight_decay)
/// - μₜ = β₁ · (1 - 0.96^(t · momentum_decay) / 2), M ← M · μₜ
/// - m ← m + (g - m) · (1 - β₁)
/// - v ← v · β₂ + (1 - β₂) · g · g
/// - d ← √(v / (1 - β₂ᵗ)) + ε
/// - parameter ← parameter - lr · (1 - μₜ) / (1 - M) · g / d - lr · μₜ₊₁ / (1 - M · μₜ₊₁) · m / d
pub type NAdam = GroupedOptimizer<NAdamOptions>;

/// The options of [`NAdam`]; their defaults are PyTorch's.
#[derive(Clone, Debug)]
pub struct NAdamOptions {
    /// The learning rate.
    pub lr: f64,
    /// How much of the moments is kept from step to step: of the gradient's and of its square's.
    pub betas: (f64, f64),
    /// What keeps the denominator from zero.
    pub eps: f64,
    /// L2 regularisation, or weight decay where that is decoupled.
    pub weight_decay: f64,
    /// How fast the momentum grows.
    pub momentum_decay: f64,
    /// Shrinks the parameters instead of changing their gradients.
    pub decoupled_weight_decay: bool,
    /// Goes up the gradient instead of down.
    pub maximize: bool,
}

impl Default for NAdamOptions {
    fn default() -> Self {
        Self {
            lr: 0.002,
            betas: (0.9, 0.999),
            eps: 1e-8,
            weight_decay: 0.0,
            momentum_decay: 0.004,
            decoupled_weight_decay: false,
            maximize: false,
        }
    }
}

impl NAdamOptions {
    /// μ at a step.
    fn momentum_at(&self, step: f64) -> f64 {
        self.betas.0 * (1.0 - 0.5 * pow(0.96, step * self.momentum_decay))
    }
}

impl Algorithm for NAdamOptions {
    fn check(&self) -> Result<(), OptimizerError> {
        arguments::at_least_zero("lr", self.lr)?;
        arguments::at_least_zero("eps", self.eps)?;
        arguments::below_one("betas[0]", self.betas.0)?;
        arguments::below_one("betas[1]", self.betas.1)?;
        arguments::at_least_zero("weight_decay", self.weight_decay)?;
        arguments::at_least_zero("momentum_decay", self.momentum_decay)
    }

    fn state_keys(&self) -> &'static [&'static str] {
        &["step", "mu_product", "exp_avg", "exp_avg_sq"]
    }

    fn update(
        &self,
        parameter: &mut Tensor,
        gradient: &Tensor,
        state: &mut Option<State>,
    ) -> Result<(), TorchError> {
        let gradient = ascended(gradient, self.maximize)?;
        let gradient = match self.decoupled_weight_decay && self.weight_decay != 0.0 {
            true => {
                native::mul_(parameter, 1.0 - self.lr * self.weight_decay)?;
                gradient
            }
            false => decayed(&gradient, parameter, self.weight_decay)?,
        };
        let (beta1, beta2) = self.betas;
        let state = match state {
            Some(state) => state,
            none => none
                .insert(State::zeros(parameter, self.state_keys())?.with_number("mu_product", 1.0)),
        };
        state.step += 1;
        let bias_correction2 = bias_correction("betas[1]", beta2, state.step)?;
        let step = state.step as f64;
        let (mu, mu_next) = (self.momentum_at(step), self.momentum_at(step + 1.0));
        let mu_product = state.number("mu_product")?;
        *mu_product *= mu as f32;
        let rest = 1.0 - f64::from(*mu_product);
        let rest_next = 1.0 - f64::from(*mu_product) * mu_next;
        if rest == 0.0 || rest_next == 0.0 {
            return Err(TorchError::new("division by zero: the momentum is 1"));
        }
        let exp_avg = state.tensor("exp_avg")?;
        let _ = exp_avg.f_lerp_(&gradient, 1.0 - beta1)?;
        let exp_avg = exp_avg.shallow_clone();
        let exp_avg_sq = state.tensor("exp_avg_sq")?;
        native::mul_(exp_avg_sq, beta2)?;
        native::addcmul_(exp_avg_sq, &gradient, &gradient, 1.0 - beta2)?;
        let denominator = exp_avg_sq
            .f_div_scalar(bias_correction2)?
            .f_sqrt()?
            .f_add_scalar_(self.eps)?;
        let of_gradient = -self.lr * (1.0 - mu) / rest;
        native::addcdiv_(parameter, &gradient, &denominator, of_gradient)?;
        native::addcdiv_(
            parameter,
            &exp_avg,
            &denominator,
            -self.lr * mu_next / rest_next,
        )
    }

    fn lr(&self) -> f64 {
        self.lr
    }

    fn set_lr(&mut self, lr: f64) {
        self.lr = lr;
    }

    fn momentum(&mut self) -> Option<&mut f64> {
        Some(&mut self.betas.0)
    }
}
