use std::fmt;

use serde::Serialize;

use crate::array::byte_length;
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
