use tch::Tensor;

use super::algorithm::{Algorithm, options};
use super::arithmetic::{bias_correction, decay, direction, pow};
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

options! {
    /// The options of [`NAdam`]; their defaults are PyTorch's.
    pub struct NAdamOptions (momentum: betas.0) {
        /// The learning rate.
        lr: f64 = 0.002,
        /// How much of the moments is kept from step to step: of the gradient's and of its square's.
        betas: (f64, f64) = (0.9, 0.999),
        /// What keeps the denominator from zero.
        eps: f64 = 1e-8,
        /// L2 regularisation, or weight decay where that is decoupled.
        weight_decay: f64 = 0.0,
        /// How fast the momentum grows.
        momentum_decay: f64 = 0.004,
        /// Shrinks the parameters instead of changing their gradients.
        decoupled_weight_decay: bool = false,
        /// Goes up the gradient instead of down.
        maximize: bool = false,
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
        arguments::of_adam(self.lr, self.betas, self.eps, self.weight_decay)?;
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
        let coupled = match self.decoupled_weight_decay {
            true => {
                decay(parameter, self.lr, self.weight_decay)?;
                0.0
            }
            false => self.weight_decay,
        };
        let gradient = direction(gradient, parameter, self.maximize, coupled)?;
        let state = State::next(state, || {
            Ok(State::zeros(parameter, self.state_keys())?.with_number("mu_product", 1.0))
        })?;
        let bias_correction2 = bias_correction("betas[1]", self.betas.1, state.step)?;
        let step = state.step as f64;
        let (mu, mu_next) = (self.momentum_at(step), self.momentum_at(step + 1.0));
        let mu_product = state.number("mu_product")?;
        *mu_product *= mu as f32;
        let rest = 1.0 - f64::from(*mu_product);
        let rest_next = 1.0 - f64::from(*mu_product) * mu_next;
        if rest == 0.0 || rest_next == 0.0 {
            return Err(TorchError::new("division by zero: the momentum is 1"));
        }
        let (exp_avg, exp_avg_sq) = state.moments(&gradient, self.betas)?;
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
}
