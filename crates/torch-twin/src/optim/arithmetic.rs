//! Steps that Python's optimisers share.

use tch::Tensor;

use crate::{TorchError, native};

/// The direction of a step that goes up where `maximize` is true: `-grad`.
pub fn ascended(gradient: &Tensor, maximize: bool) -> Result<Tensor, TorchError> {
    match maximize {
        true => Ok(gradient.f_neg()?),
        false => Ok(gradient.shallow_clone()),
    }
}

/// The direction of a step with L2 regularisation, `grad.add(param, alpha=weight_decay)` where there is any.
pub fn direction(
    gradient: &Tensor,
    parameter: &Tensor,
    maximize: bool,
    weight_decay: f64,
) -> Result<Tensor, TorchError> {
    let gradient = ascended(gradient, maximize)?;
    match weight_decay == 0.0 {
        true => Ok(gradient),
        false => native::add(&gradient, parameter, weight_decay),
    }
}

/// Weight decay that does not pass through the gradient: `param.mul_(1 - lr * weight_decay)` where there is any.
pub fn decay(parameter: &mut Tensor, lr: f64, weight_decay: f64) -> Result<(), TorchError> {
    match weight_decay == 0.0 {
        true => Ok(()),
        false => native::mul_(parameter, 1.0 - lr * weight_decay),
    }
}

/// Python's `base ** exponent` on floats, which is C's `pow`.
pub fn pow(base: f64, exponent: f64) -> f64 {
    // Were the exponent known, the compiler would turn a power of 0.5 into a square root, which
    // rounds differently for some values.
    base.powf(std::hint::black_box(exponent))
}

/// `1 - beta ** step`.
///
/// # Errors
/// Where that is zero, and Python would divide by it.
pub fn bias_correction(name: &str, beta: f64, step: u64) -> Result<f64, TorchError> {
    let correction = 1.0 - pow(beta, step as f64);
    match correction == 0.0 {
        true => Err(TorchError::new(&format!("division by zero: {name} is 1"))),
        false => Ok(correction),
    }
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
