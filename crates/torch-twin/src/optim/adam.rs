use tch::Tensor;

use super::algorithm::Algorithm;
use super::arithmetic::{ascended, bias_correction, decayed, pow};
use super::state::State;
use super::{GroupedOptimizer, OptimizerError, arguments};
use crate::{TorchError, native};

/// `torch.optim.Adam`.
///
/// For each parameter, with gradient g at its step t:
///
/// - g ← g + weight_decay · parameter
/// - m ← m + (g - m) · (1 - β₁)
/// - v ← v · β₂ + (1 - β₂) · g · g
/// - parameter ← parameter - lr / (1 - β₁ᵗ) · m / (√v / √(1 - β₂ᵗ) + ε)
///
/// With amsgrad the largest v so far stands in v's place.
pub type Adam = GroupedOptimizer<AdamOptions>;

/// The options of [`Adam`]; their defaults are PyTorch's.
///
/// ```
/// use torch_twin::optim::AdamOptions;
///
/// // torch.optim.Adam(…, betas=(0.9, 0.95), amsgrad=True)
/// let options = AdamOptions {
///     betas: (0.9, 0.95),
///     amsgrad: true,
///     ..AdamOptions::default()
/// };
/// # assert_eq!(options.lr, 0.001);
/// ```
#[derive(Clone, Debug)]
pub struct AdamOptions {
    /// The learning rate.
    pub lr: f64,
    /// How much of the moments is kept from step to step: of the gradient's and of its square's.
    pub betas: (f64, f64),
    /// What keeps the denominator from zero.
    pub eps: f64,
    /// L2 regularisation.
    pub weight_decay: f64,
    /// Divides by the largest second moment so far.
    pub amsgrad: bool,
    /// Goes up the gradient instead of down.
    pub maximize: bool,
}

impl Default for AdamOptions {
    fn default() -> Self {
        Self {
            lr: 0.001,
            betas: (0.9, 0.999),
            eps: 1e-8,
            weight_decay: 0.0,
            amsgrad: false,
            maximize: false,
        }
    }
}

impl Algorithm for AdamOptions {
    fn check(&self) -> Result<(), OptimizerError> {
        arguments::at_least_zero("lr", self.lr)?;
        arguments::at_least_zero("eps", self.eps)?;
        arguments::below_one("betas[0]", self.betas.0)?;
        arguments::below_one("betas[1]", self.betas.1)?;
        arguments::at_least_zero("weight_decay", self.weight_decay)
    }

    fn state_keys(&self) -> &'static [&'static str] {
        match self.amsgrad {
            false => &["step", "exp_avg", "exp_avg_sq"],
            true => &["step", "exp_avg", "exp_avg_sq", "max_exp_avg_sq"],
        }
    }

    fn update(
        &self,
        parameter: &mut Tensor,
        gradient: &Tensor,
        state: &mut Option<State>,
    ) -> Result<(), TorchError> {
        let gradient = ascended(gradient, self.maximize)?;
        let gradient = &decayed(&gradient, parameter, self.weight_decay)?;
        let (beta1, beta2) = self.betas;
        let state = match state {
            Some(state) => state,
            none => none.insert(State::zeros(parameter, self.state_keys())?),
        };
        state.step += 1;
        let step = state.step as f64;
        let step_size = self.lr / bias_correction("betas[0]", beta1, state.step)?;
        let bias_correction2_sqrt = pow(1.0 - pow(beta2, step), 0.5);

        let exp_avg = state.tensor("exp_avg")?;
        let _ = exp_avg.f_lerp_(gradient, 1.0 - beta1)?;
        let exp_avg = exp_avg.shallow_clone();
        let exp_avg_sq = state.tensor("exp_avg_sq")?;
        native::mul_(exp_avg_sq, beta2)?;
        native::addcmul_(exp_avg_sq, gradient, gradient, 1.0 - beta2)?;
        let divisor = match self.amsgrad {
            false => exp_avg_sq.shallow_clone(),
            true => {
                let second = exp_avg_sq.shallow_clone();
                let largest = state.tensor("max_exp_avg_sq")?;
                largest.f_copy_(&largest.f_maximum(&second)?)?;
                largest.shallow_clone()
            }
        };
        let denominator = divisor
            .f_sqrt()?
            .f_div_scalar_(bias_correction2_sqrt)?
            .f_add_scalar_(self.eps)?;
        native::addcdiv_(parameter, &exp_avg, &denominator, -step_size)
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
