use std::fmt;

use serde::Serialize;

use crate::array::{MAX_SIDES, byte_length};
use crate::{Array, Dtype};

/// Type and shape of a stage's tensor.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize)]
pub struct Form {
    /// The type of the values.
    pub dtype: Dtype,
    /// The sides.
    pub shape: Vec<u64>,
}

impl Form {
    /// Type and shape of an array.
    pub fn of(array: &Array) -> Self {
        let (dtype, shape) = (array.dtype(), array.shape().to_vec());
        Self { dtype, shape }
    }

    /// Whether a tensor can have it: libtorch counts values in 63 bits.
    pub(crate) fn is_possible(&self) -> bool {
        let mut sides = self.shape.iter().map(|&side| i64::try_from(side).ok());
        let count = sides.try_fold(1_i64, |count, side| count.checked_mul(side?.max(1)));
        count.is_some() && self.shape.len() <= MAX_SIDES
    }

    /// The bytes of its values; none where no file could hold them.
    pub(crate) fn bytes(&self) -> Option<u64> {
        byte_length(self.dtype, &self.shape)
    }
}

impl fmt::Display for Form {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sides: Vec<_> = self.shape.iter().map(u64::to_string).collect();
        match sides.is_empty() {
            true => write!(f, "{} scalar", self.dtype),
            false => write!(f, "{} {}", self.dtype, sides.join("×")),
        }
    }
}
