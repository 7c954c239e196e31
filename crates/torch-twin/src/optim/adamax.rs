use tch::Tensor;

use super::algorithm::Algorithm;
use super::arithmetic::{ascended, bias_correction, decayed};
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

/// The options of [`Adamax`]; their defaults are PyTorch's.
#[derive(Clone, Debug)]
pub struct AdamaxOptions {
    /// The learning rate.
    pub lr: f64,
    /// How much is kept from step to step: of the gradient's mean and of its largest size.
    pub betas: (f64, f64),
    /// What keeps the denominator from zero.
    pub eps: f64,
    /// L2 regularisation.
    pub weight_decay: f64,
    /// Goes up the gradient instead of down.
    pub maximize: bool,
}

impl Default for AdamaxOptions {
    fn default() -> Self {
        Self {
            lr: 0.002,
            betas: (0.9, 0.999),
            eps: 1e-8,
            weight_decay: 0.0,
            maximize: false,
        }
    }
}

impl Algorithm for AdamaxOptions {
    fn check(&self) -> Result<(), OptimizerError> {
        arguments::at_least_zero("lr", self.lr)?;
        arguments::at_least_zero("eps", self.eps)?;
        arguments::below_one("betas[0]", self.betas.0)?;
        arguments::below_one("betas[1]", self.betas.1)?;
        arguments::at_least_zero("weight_decay", self.weight_decay)
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
        let gradient = ascended(gradient, self.maximize)?;
        let gradient = decayed(&gradient, parameter, self.weight_decay)?;
        let (beta1, beta2) = self.betas;
        let state = match state {
            Some(state) => state,
            none => none.insert(State::zeros(parameter, self.state_keys())?),
        };
        state.step += 1;
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
