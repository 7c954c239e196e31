use std::fmt;

use serde::Serialize;
use tch::Kind;

use super::Digest;
use crate::weights::{dtype_kind, dtype_name, dtype_names};

/// More sides than any tensor of a program has.
const MAX_SIDES: usize = 64;

/// Type and shape of a stage's tensor.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize)]
pub struct Form {
    /// The type of the values, as safetensors names it: `F32`.
    pub dtype: &'static str,
    /// The sides.
    pub shape: Vec<u64>,
}

impl Form {
    /// That of a tensor of values that safetensors has a name for.
    pub(crate) fn of(tensor: &tch::Tensor) -> Result<Self, crate::TorchError> {
        let (kind, sides) = crate::form("the tensor", tensor)?;
        Ok(Self {
            dtype: dtype_name(kind)?,
            shape: sides.iter().map(|side| side.unsigned_abs()).collect(),
        })
    }

    /// That of a tensor of values that safetensors calls `dtype`; none where they are not compared.
    pub(super) fn new(dtype: &str, shape: Vec<u64>) -> Option<Self> {
        let dtype = dtype_names().find(|known| *known == dtype)?;
        Some(Self { dtype, shape })
    }

    /// Whether libtorch could have such a tensor.
    pub(super) fn is_possible(&self) -> bool {
        let mut sides = self.shape.iter().map(|&side| i64::try_from(side).ok());
        let count = sides.try_fold(1_i64, |count, side| count.checked_mul(side?.max(1)));
        count.is_some() && self.shape.len() <= MAX_SIDES
    }

    /// As many bytes as its values take; none where no file could hold them.
    pub(crate) fn bytes(&self) -> Option<u64> {
        let size = self.kind()?.elt_size_in_bytes() as u64;
        let mut sides = self.shape.iter();
        sides.try_fold(size, |bytes, &side| bytes.checked_mul(side))
    }

    /// Whether its values are whole numbers.
    pub(crate) fn has_integers(&self) -> bool {
        self.dtype.starts_with(['I', 'U']) || self.dtype == "BOOL"
    }

    /// libtorch's name of the type.
    pub(crate) fn kind(&self) -> Option<Kind> {
        dtype_kind(self.dtype)
    }
}

impl Digest {
    /// Whether it could be that of a tensor.
    pub(super) fn is_possible(&self) -> bool {
        let is_digit = |byte: u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
        self.sha256.len() == 64 && self.sha256.bytes().all(is_digit)
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
