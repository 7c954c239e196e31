use tch::Tensor;

use super::algorithm::{Algorithm, options};
use super::arithmetic::{bias_correction, direction};
use super::state::State;
use super::{GroupedOptimizer, OptimizerError, arguments};
use crate::{TorchError, native};

/// `torch.optim.Adamax`.
///
/// For each parameter, with gradient g at its step t:
///
/// - g ← g + weight_decay · parameter
/// - m ← m + (g - m) · (1 - β₁)
/// - u ← max(β₂ · u, |g| + ε)
/// - parameter ← parameter - lr / (1 - β₁ᵗ) · m / u
pub type Adamax = GroupedOptimizer<AdamaxOptions>;

options! {
    /// The options of [`Adamax`]; their defaults are PyTorch's.
    pub struct AdamaxOptions (momentum: betas.0) {
        /// The learning rate.
        lr: f64 = 0.002,
        /// How much is kept from step to step: of the gradient's mean and of its largest size.
        betas: (f64, f64) = (0.9, 0.999),
        /// What keeps the denominator from zero.
        eps: f64 = 1e-8,
        /// L2 regularisation.
        weight_decay: f64 = 0.0,
        /// Goes up the gradient instead of down.
        maximize: bool = false,
    }
}

impl Algorithm for AdamaxOptions {
    fn check(&self) -> Result<(), OptimizerError> {
        arguments::of_adam(self.lr, self.betas, self.eps, self.weight_decay)
    }

    fn state_keys(&self) -> &'static [&'static str] {
        &["step", "exp_avg", "exp_inf"]
    }

    fn update(
        &self,
        parameter: &mut Tensor,
        gradient: &Tensor,
        state: &mut Option<State>,
    ) -> Result<(), TorchError> {
        let gradient = direction(gradient, parameter, self.maximize, self.weight_decay)?;
        let (beta1, beta2) = self.betas;
        let state = State::next(state, || State::zeros(parameter, self.state_keys()))?;
        let size = self.lr / bias_correction("betas[0]", beta1, state.step)?;
        let exp_avg = state.tensor("exp_avg")?;
        let _ = exp_avg.f_lerp_(&gradient, 1.0 - beta1)?;
        let exp_avg = exp_avg.shallow_clone();
        let exp_inf = state.tensor("exp_inf")?;
        native::mul_(exp_inf, beta2)?;
        let norm = gradient.f_abs()?.f_add_scalar_(self.eps)?;
        exp_inf.f_copy_(&exp_inf.f_maximum(&norm)?)?;
        native::addcdiv_(parameter, &exp_avg, exp_inf, -size)
    }
}
