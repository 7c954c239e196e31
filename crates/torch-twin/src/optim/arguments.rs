//! What the constructors of PyTorch's optimisers ask of a number.

use super::OptimizerError;

/// `if not 0.0 <= value: raise`.
pub fn at_least_zero(name: &'static str, value: f64) -> Result<(), OptimizerError> {
    let is_good = value >= 0.0;
    check(name, value, is_good, "a number from 0 on")
}

/// `if value < 0.0: raise`, which takes NaN.
pub fn not_negative(name: &'static str, value: f64) -> Result<(), OptimizerError> {
    let is_good = value >= 0.0 || value.is_nan();
    check(name, value, is_good, "a number from 0 on")
}

/// `if not 0.0 <= value < 1.0: raise`.
pub fn below_one(name: &'static str, value: f64) -> Result<(), OptimizerError> {
    let is_good = (0.0..1.0).contains(&value);
    check(name, value, is_good, "a number from 0 to below 1")
}

/// `if not 0.0 <= value <= 1.0: raise`.
pub fn up_to_one(name: &'static str, value: f64) -> Result<(), OptimizerError> {
    let is_good = (0.0..=1.0).contains(&value);
    check(name, value, is_good, "a number from 0 to 1")
}

/// `if not 0.0 < value < 1.0: raise`.
pub fn within_one(name: &'static str, value: f64) -> Result<(), OptimizerError> {
    let is_good = value > 0.0 && value < 1.0;
    check(name, value, is_good, "a number above 0 and below 1")
}

/// `if not 1.0 < value: raise`.
pub fn above_one(name: &'static str, value: f64) -> Result<(), OptimizerError> {
    check(name, value, value > 1.0, "a number above 1")
}

/// What Adam asks of its options, and those that are made like it.
pub fn of_adam(
    lr: f64,
    betas: (f64, f64),
    eps: f64,
    weight_decay: f64,
) -> Result<(), OptimizerError> {
    at_least_zero("lr", lr)?;
    at_least_zero("eps", eps)?;
    below_one("betas[0]", betas.0)?;
    below_one("betas[1]", betas.1)?;
    at_least_zero("weight_decay", weight_decay)
}

fn check(
    name: &'static str,
    value: f64,
    is_good: bool,
    expected: &'static str,
) -> Result<(), OptimizerError> {
    match is_good {
        true => Ok(()),
        false => Err(OptimizerError::Argument {
            name,
            value,
            expected,
        }),
    }
}
