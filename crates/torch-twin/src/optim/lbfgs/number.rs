use std::cmp::Ordering;

use tch::Tensor;

use crate::{TorchError, native};

/// A number of Python's LBFGS: a float, or a tensor of one value. The type decides how an operation rounds.
#[derive(Debug)]
pub enum Number {
    Float(f64),
    Tensor(Tensor),
}

use Number::{Float, Tensor as Value};

impl Clone for Number {
    fn clone(&self) -> Self {
        match self {
            Float(number) => Float(*number),
            Value(tensor) => Value(tensor.shallow_clone()),
        }
    }
}

impl From<f64> for Number {
    fn from(number: f64) -> Self {
        Float(number)
    }
}

impl From<Tensor> for Number {
    fn from(tensor: Tensor) -> Self {
        Value(tensor)
    }
}

type Result<T> = std::result::Result<T, TorchError>;

impl Number {
    /// `float(self)`.
    pub fn value(&self) -> Result<f64> {
        match self {
            Float(number) => Ok(*number),
            Value(tensor) => Ok(tensor.f_double_value(&[])?),
        }
    }

    /// `self + other`.
    pub fn add(&self, other: &Self) -> Result<Self> {
        Ok(match (self, other) {
            (Float(a), Float(b)) => Float(a + b),
            (Value(a), Float(b)) | (Float(b), Value(a)) => Value(a.f_add_scalar(*b)?),
            (Value(a), Value(b)) => Value(a.f_add(b)?),
        })
    }

    /// `self - other`.
    pub fn sub(&self, other: &Self) -> Result<Self> {
        Ok(match (self, other) {
            (Float(a), Float(b)) => Float(a - b),
            (Value(a), Float(b)) => Value(a.f_sub_scalar(*b)?),
            (Float(a), Value(b)) => Value(b.f_rsub_scalar(*a)?),
            (Value(a), Value(b)) => Value(a.f_sub(b)?),
        })
    }

    /// `self * other`.
    pub fn mul(&self, other: &Self) -> Result<Self> {
        Ok(match (self, other) {
            (Float(a), Float(b)) => Float(a * b),
            (Value(a), Float(b)) | (Float(b), Value(a)) => Value(native::mul(a, *b)?),
            (Value(a), Value(b)) => Value(a.f_mul(b)?),
        })
    }

    /// `self / other`: a float by a tensor is its product with the reciprocal.
    pub fn div(&self, other: &Self) -> Result<Self> {
        Ok(match (self, other) {
            (Float(_), Float(0.0)) => return Err(TorchError::new("float division by zero")),
            (Float(a), Float(b)) => Float(a / b),
            (Value(a), Float(b)) => Value(a.f_div_scalar(*b)?),
            (Float(a), Value(b)) => Value(native::mul(&b.f_reciprocal()?, *a)?),
            (Value(a), Value(b)) => Value(a.f_div(b)?),
        })
    }

    /// `-self`.
    pub fn neg(&self) -> Result<Self> {
        Ok(match self {
            Float(number) => Float(-number),
            Value(tensor) => Value(tensor.f_neg()?),
        })
    }

    /// `abs(self)`.
    pub fn abs(&self) -> Result<Self> {
        Ok(match self {
            Float(number) => Float(number.abs()),
            Value(tensor) => Value(tensor.f_abs()?),
        })
    }

    /// `self ** 2`.
    pub fn square(&self) -> Result<Self> {
        Ok(match self {
            Float(number) => Float(number * number),
            Value(tensor) => Value(tensor.f_square()?),
        })
    }

    /// `self.sqrt()`.
    pub fn sqrt(&self) -> Result<Self> {
        Ok(match self {
            Float(number) => Float(number.sqrt()),
            Value(tensor) => Value(tensor.f_sqrt()?),
        })
    }

    /// How the numbers compare, in the type of a tensor among them; none where one is NaN.
    fn compare(&self, other: &Self) -> Result<Option<Ordering>> {
        let rounded = |number: f64, like: &Tensor| -> Result<f64> {
            let number = Tensor::from(number).f_to_kind(like.f_kind()?)?;
            Ok(number.f_double_value(&[])?)
        };
        let (a, b) = (self.value()?, other.value()?);
        let (a, b) = match (self, other) {
            (Float(_), Value(like)) => (rounded(a, like)?, b),
            (Value(like), Float(_)) => (a, rounded(b, like)?),
            _ => (a, b),
        };
        Ok(a.partial_cmp(&b))
    }

    /// `self < other`.
    pub fn lt(&self, other: &Self) -> Result<bool> {
        Ok(self.compare(other)? == Some(Ordering::Less))
    }

    /// `self <= other`.
    pub fn le(&self, other: &Self) -> Result<bool> {
        let order = self.compare(other)?;
        Ok(order.is_some_and(Ordering::is_le))
    }

    /// `self > other`.
    pub fn gt(&self, other: &Self) -> Result<bool> {
        other.lt(self)
    }

    /// `self >= other`.
    pub fn ge(&self, other: &Self) -> Result<bool> {
        other.le(self)
    }

    /// `min(self, other)`.
    pub fn min(&self, other: &Self) -> Result<Self> {
        let first = if other.lt(self)? { other } else { self };
        Ok(first.clone())
    }

    /// `max(self, other)`.
    pub fn max(&self, other: &Self) -> Result<Self> {
        let last = if other.gt(self)? { other } else { self };
        Ok(last.clone())
    }
}
