use tch::Tensor;

use super::algorithm::Algorithm;
use super::arithmetic::{ascended, bias_correction, decayed, pow};
use super::state::State;
use super::{GroupedOptimizer, OptimizerError, arguments};
use crate::{TorchError, native};

/// `torch.optim.RAdam`: Adam, rectified while the second moment is of few gradients.
///
/// For each parameter, with gradient g at its step t:
///
/// - g ← g + weight_decay · parameter; decoupled, parameter ← parameter · (1 - lr · weight_decay)
/// - m ← m + (g - m) · (1 - β₁)
/// - v ← v · β₂ + (1 - β₂) · g · g
/// - ρ ← ρ∞ - 2 · t · β₂ᵗ / (1 - β₂ᵗ), where ρ∞ = 2 / (1 - β₂) - 1
/// - parameter ← parameter - lr · m / (1 - β₁ᵗ) · √(1 - β₂ᵗ) / (√v + ε) · r where ρ > 5, without the last two
///   factors otherwise; r = √((ρ - 4) · (ρ - 2) · ρ∞ / ((ρ∞ - 4) · (ρ∞ - 2) · ρ))
pub type RAdam = GroupedOptimizer<RAdamOptions>;

/// The options of [`RAdam`]; their defaults are PyTorch's.
#[derive(Clone, Debug)]
pub struct RAdamOptions {
    /// The learning rate.
    pub lr: f64,
    /// How much of the moments is kept from step to step: of the gradient's and of its square's.
    pub betas: (f64, f64),
    /// What keeps the denominator from zero.
    pub eps: f64,
    /// L2 regularisation, or weight decay where that is decoupled.
    pub weight_decay: f64,
    /// Shrinks the parameters instead of changing their gradients.
    pub decoupled_weight_decay: bool,
    /// Goes up the gradient instead of down.
    pub maximize: bool,
}

impl Default for RAdamOptions {
    fn default() -> Self {
        Self {
            lr: 0.001,
            betas: (0.9, 0.999),
            eps: 1e-8,
            weight_decay: 0.0,
            decoupled_weight_decay: false,
            maximize: false,
        }
    }
}

impl RAdamOptions {
    /// r, where ρ is above 5.
    fn rectification(&self, step: u64, bias_correction2: f64) -> Option<f64> {
        let (step, beta2) = (step as f64, self.betas.1);
        let rho_inf = 2.0 / (1.0 - beta2) - 1.0;
        let rho = rho_inf - 2.0 * step * pow(beta2, step) / bias_correction2;
        let above = (rho - 4.0) * (rho - 2.0) * rho_inf;
        let below = (rho_inf - 4.0) * (rho_inf - 2.0) * rho;
        (rho > 5.0).then(|| pow(above / below, 0.5))
    }
}

impl Algorithm for RAdamOptions {
    fn check(&self) -> Result<(), OptimizerError> {
        arguments::at_least_zero("lr", self.lr)?;
        arguments::at_least_zero("eps", self.eps)?;
        arguments::below_one("betas[0]", self.betas.0)?;
        arguments::below_one("betas[1]", self.betas.1)?;
        arguments::at_least_zero("weight_decay", self.weight_decay)
    }

    fn state_keys(&self) -> &'static [&'static str] {
        &["step", "exp_avg", "exp_avg_sq"]
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
            none => none.insert(State::zeros(parameter, self.state_keys())?),
        };
        state.step += 1;
        let bias_correction1 = bias_correction("betas[0]", beta1, state.step)?;
        let bias_correction2 = bias_correction("betas[1]", beta2, state.step)?;
        let rectification = self.rectification(state.step, bias_correction2);
        let exp_avg = state.tensor("exp_avg")?;
        let _ = exp_avg.f_lerp_(&gradient, 1.0 - beta1)?;
        let mut update = native::mul(&exp_avg.f_div_scalar(bias_correction1)?, self.lr)?;
        let exp_avg_sq = state.tensor("exp_avg_sq")?;
        native::mul_(exp_avg_sq, beta2)?;
        native::addcmul_(exp_avg_sq, &gradient, &gradient, 1.0 - beta2)?;
        if let Some(rectification) = rectification {
            let root = exp_avg_sq.f_sqrt()?.f_add_scalar_(self.eps)?;
            let adaptive = native::mul(&root.f_reciprocal()?, pow(bias_correction2, 0.5))?;
            update = native::mul(&update.f_mul(&adaptive)?, rectification)?;
        }
        native::add_(parameter, &update, -1.0)
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
