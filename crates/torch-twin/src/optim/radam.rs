use tch::Tensor;

use super::algorithm::{Algorithm, options};
use super::arithmetic::{bias_correction, decay, direction, pow};
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

options! {
    /// The options of [`RAdam`]; their defaults are PyTorch's.
    pub struct RAdamOptions (momentum: betas.0) {
        /// The learning rate.
        lr: f64 = 0.001,
        /// How much of the moments is kept from step to step: of the gradient's and of its square's.
        betas: (f64, f64) = (0.9, 0.999),
        /// What keeps the denominator from zero.
        eps: f64 = 1e-8,
        /// L2 regularisation, or weight decay where that is decoupled.
        weight_decay: f64 = 0.0,
        /// Shrinks the parameters instead of changing their gradients.
        decoupled_weight_decay: bool = false,
        /// Goes up the gradient instead of down.
        maximize: bool = false,
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
        arguments::of_adam(self.lr, self.betas, self.eps, self.weight_decay)
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
        let coupled = match self.decoupled_weight_decay {
            true => {
                decay(parameter, self.lr, self.weight_decay)?;
                0.0
            }
            false => self.weight_decay,
        };
        let gradient = direction(gradient, parameter, self.maximize, coupled)?;
        let (beta1, beta2) = self.betas;
        let state = State::next(state, || State::zeros(parameter, self.state_keys()))?;
        let bias_correction1 = bias_correction("betas[0]", beta1, state.step)?;
        let bias_correction2 = bias_correction("betas[1]", beta2, state.step)?;
        let rectification = self.rectification(state.step, bias_correction2);
        let (exp_avg, exp_avg_sq) = state.moments(&gradient, self.betas)?;
        let mut update = native::mul(&exp_avg.f_div_scalar(bias_correction1)?, self.lr)?;
        if let Some(rectification) = rectification {
            let root = exp_avg_sq.f_sqrt()?.f_add_scalar_(self.eps)?;
            let adaptive = native::mul(&root.f_reciprocal()?, pow(bias_correction2, 0.5))?;
            update = native::mul(&update.f_mul(&adaptive)?, rectification)?;
        }
        native::add_(parameter, &update, -1.0)
    }
}
