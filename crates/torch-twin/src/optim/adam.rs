use tch::Tensor;

use super::algorithm::{Algorithm, options};
use super::arithmetic::{bias_correction, direction, pow};
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

options! {
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
    pub struct AdamOptions (momentum: betas.0) {
        /// The learning rate.
        lr: f64 = 0.001,
        /// How much of the moments is kept from step to step: of the gradient's and of its square's.
        betas: (f64, f64) = (0.9, 0.999),
        /// What keeps the denominator from zero.
        eps: f64 = 1e-8,
        /// L2 regularisation.
        weight_decay: f64 = 0.0,
        /// Divides by the largest second moment so far.
        amsgrad: bool = false,
        /// Goes up the gradient instead of down.
        maximize: bool = false,
    }
}

impl Algorithm for AdamOptions {
    fn check(&self) -> Result<(), OptimizerError> {
        arguments::of_adam(self.lr, self.betas, self.eps, self.weight_decay)
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
        let gradient = &direction(gradient, parameter, self.maximize, self.weight_decay)?;
        let (beta1, beta2) = self.betas;
        let state = State::next(state, || State::zeros(parameter, self.state_keys()))?;
        let step = state.step as f64;
        let step_size = self.lr / bias_correction("betas[0]", beta1, state.step)?;
        let bias_correction2_sqrt = pow(1.0 - pow(beta2, step), 0.5);

        let (exp_avg, exp_avg_sq) = state.moments(gradient, self.betas)?;
        let divisor = match self.amsgrad {
            false => exp_avg_sq,
            true => {
                let largest = state.tensor("max_exp_avg_sq")?;
                largest.f_copy_(&largest.f_maximum(&exp_avg_sq)?)?;
                largest.shallow_clone()
            }
        };
        let denominator = divisor
            .f_sqrt()?
            .f_div_scalar_(bias_correction2_sqrt)?
            .f_add_scalar_(self.eps)?;
        native::addcdiv_(parameter, &exp_avg, &denominator, -step_size)
    }
}
