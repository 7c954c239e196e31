use tch::Tensor;

use super::{Optimizer, OptimizerState, OptimizerStateError, add_scaled};
use crate::TorchError;

/// `torch.optim.Adam`.
///
/// For each parameter, with gradient g at step t:
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
    step: u64,
    parameters: Vec<Tensor>,
    /// First moments, m, in the order of the parameters.
    exp_avg: Vec<Tensor>,
    /// Second moments, v, in the order of the parameters.
    exp_avg_sq: Vec<Tensor>,
}

impl Adam {
    /// `torch.optim.Adam(parameters, lr, weight_decay=weight_decay)`.
    ///
    /// # Errors
    /// What libtorch refuses, too little memory above all.
    pub fn new(parameters: Vec<Tensor>, lr: f64, weight_decay: f64) -> Result<Self, TorchError> {
        let zeros = || {
            let like_each = parameters.iter().map(Tensor::f_zeros_like);
            like_each.collect::<Result<Vec<_>, _>>()
        };
        Ok(Self {
            lr,
            betas: (0.9, 0.999),
            eps: 1e-8,
            weight_decay,
            step: 0,
            exp_avg: zeros()?,
            exp_avg_sq: zeros()?,
            parameters,
        })
    }
}

impl Optimizer for Adam {
    fn parameters(&self) -> &[Tensor] {
        &self.parameters
    }

    fn step(&mut self, gradients: &[Tensor]) -> Result<(), TorchError> {
        self.step += 1;
        let (beta1, beta2) = self.betas;
        let step = self.step as f64;
        let bias_correction1 = 1.0 - pow(beta1, step);
        let bias_correction2 = 1.0 - pow(beta2, step);
        let step_size = self.lr / bias_correction1;
        let bias_correction2_sqrt = pow(bias_correction2, 0.5);

        let _no_grad = tch::no_grad_guard();
        for (i, gradient) in gradients.iter().enumerate() {
            let (parameter, exp_avg) = (&mut self.parameters[i], &mut self.exp_avg[i]);
            let exp_avg_sq = &mut self.exp_avg_sq[i];
            let decayed = match self.weight_decay {
                0.0 => gradient.shallow_clone(),
                weight_decay => add_scaled(gradient, parameter, weight_decay)?,
            };
            let _ = exp_avg.f_lerp_(&decayed, 1.0 - beta1)?;
            // Python passes `value=1 - beta2` to addcmul_, and `value=-step_size` to addcdiv_. tch
            // has no such argument; libtorch multiplies the first factor by it, as done here.
            let scaled = decayed.f_mul_scalar(1.0 - beta2)?;
            let _ = exp_avg_sq
                .f_mul_scalar_(beta2)?
                .f_addcmul_(&scaled, &decayed)?;
            let denominator = exp_avg_sq
                .f_sqrt()?
                .f_div_scalar(bias_correction2_sqrt)?
                .f_add_scalar_(self.eps)?;
            let _ = parameter.f_addcdiv_(&exp_avg.f_mul_scalar(-step_size)?, &denominator)?;
        }
        Ok(())
    }

    fn lr(&self) -> f64 {
        self.lr
    }

    fn set_lr(&mut self, lr: f64) {
        self.lr = lr;
    }

    fn state(&self) -> OptimizerState {
        let mut state = OptimizerState {
            step: self.step,
            ..Default::default()
        };
        state.insert("exp_avg", &self.exp_avg);
        state.insert("exp_avg_sq", &self.exp_avg_sq);
        state
    }

    fn set_state(&mut self, state: &OptimizerState) -> Result<(), OptimizerStateError> {
        let names = ["exp_avg", "exp_avg_sq"];
        [self.exp_avg, self.exp_avg_sq] = state.copies(names, &self.parameters)?;
        self.step = state.step;
        Ok(())
    }
}

/// Python's `base ** exponent` on floats, which is C's `pow`.
fn pow(base: f64, exponent: f64) -> f64 {
    // Were the exponent known, the compiler would turn a power of 0.5 into a square root, which
    // rounds differently for some values.
    base.powf(std::hint::black_box(exponent))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_power_rounds_as_in_python() {
        // (1 - 0.999 ** 1270) ** 0.5, where math.sqrt gives 0.8481431297801915.
        assert_eq!(pow(1.0 - pow(0.999, 1270.0), 0.5), 0.8481431297801916);
    }
}
