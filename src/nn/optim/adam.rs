use tch::Tensor;

use super::{OptimizerState, OptimizerStateError};
use crate::TorchError;

/// `torch.optim.Adam`: the default, single-tensor arithmetic of Python, rounding by rounding.
///
/// libtorch has an Adam too (`torch::optim::Adam`, behind `tch::nn::Adam`). It computes the
/// same formula in another order, so its results differ in the last bits from the first step on.
///
/// For each parameter, with gradient g at step t:
///
/// - m ← m + (g - m) · (1 - β₁)
/// - v ← v · β₂ + (1 - β₂) · g · g
/// - parameter ← parameter - lr / (1 - β₁ᵗ) · m / (√v / √(1 - β₂ᵗ) + ε)
pub struct Adam {
    lr: f64,
    betas: (f64, f64),
    eps: f64,
    step: i32,
    parameters: Vec<Tensor>,
    /// First moments, m, in the order of the parameters.
    exp_avg: Vec<Tensor>,
    /// Second moments, v, in the order of the parameters.
    exp_avg_sq: Vec<Tensor>,
}

impl Adam {
    /// `torch.optim.Adam(parameters, lr)`.
    ///
    /// # Errors
    /// What libtorch refuses, too little memory above all.
    pub fn new(parameters: Vec<Tensor>, lr: f64) -> Result<Self, TorchError> {
        let zeros = || {
            let like_each = parameters.iter().map(Tensor::f_zeros_like);
            like_each.collect::<Result<Vec<_>, _>>()
        };
        Ok(Self {
            lr,
            betas: (0.9, 0.999),
            eps: 1e-8,
            step: 0,
            exp_avg: zeros()?,
            exp_avg_sq: zeros()?,
            parameters,
        })
    }

    /// The tensors that this optimiser trains; [`Adam::step`] takes their gradients in this order.
    pub fn parameters(&self) -> &[Tensor] {
        &self.parameters
    }

    /// What the steps so far have left, as `optimizer.state_dict()["state"]`.
    pub fn state(&self) -> OptimizerState {
        let mut state = OptimizerState {
            step: self.step as u64,
            ..Default::default()
        };
        state.insert("exp_avg", &self.exp_avg);
        state.insert("exp_avg_sq", &self.exp_avg_sq);
        state
    }

    /// Goes on from a state, as `optimizer.load_state_dict`.
    ///
    /// # Errors
    /// A state of another optimiser or of other parameters; this one is then left as it was.
    pub fn set_state(&mut self, state: &OptimizerState) -> Result<(), OptimizerStateError> {
        let names = ["exp_avg", "exp_avg_sq"];
        [self.exp_avg, self.exp_avg_sq] = state.copies(names, &self.parameters)?;
        self.step = state.step as i32;
        Ok(())
    }

    /// Updates every parameter, given its gradient.
    ///
    /// # Errors
    /// What libtorch refuses, gradients of other shapes above all.
    pub fn step(&mut self, gradients: &[Tensor]) -> Result<(), TorchError> {
        self.step += 1;
        let (beta1, beta2) = self.betas;
        let step = f64::from(self.step);
        let bias_correction1 = 1.0 - pow(beta1, step);
        let bias_correction2 = 1.0 - pow(beta2, step);
        let step_size = self.lr / bias_correction1;
        let bias_correction2_sqrt = pow(bias_correction2, 0.5);

        let _no_grad = tch::no_grad_guard();
        for (i, gradient) in gradients.iter().enumerate() {
            let (parameter, exp_avg) = (&mut self.parameters[i], &mut self.exp_avg[i]);
            let exp_avg_sq = &mut self.exp_avg_sq[i];
            let _ = exp_avg.f_lerp_(gradient, 1.0 - beta1)?;
            // Python passes `value=1 - beta2` to addcmul_, and `value=-step_size` to addcdiv_. tch
            // has no such argument; libtorch multiplies the first factor by it, as done here.
            let scaled = gradient.f_mul_scalar(1.0 - beta2)?;
            let _ = exp_avg_sq
                .f_mul_scalar_(beta2)?
                .f_addcmul_(&scaled, gradient)?;
            let denominator = exp_avg_sq
                .f_sqrt()?
                .f_div_scalar(bias_correction2_sqrt)?
                .f_add_scalar_(self.eps)?;
            let _ = parameter.f_addcdiv_(&exp_avg.f_mul_scalar(-step_size)?, &denominator)?;
        }
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
