use std::fmt;

use serde::Serialize;
use tch::Kind;

use super::Digest;
use crate::weights::{dtype_kind, dtype_name};

/// More sides than any tensor of a program has.
const MAX_SIDES: usize = 64;

/// Type and shape of a stage's tensor.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize)]
pub struct Form {
    /// The type of the values, as safetensors names it: `F32`.
    pub dtype: String,
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

    /// That of the tensor of which `digest` is kept; none where it could be no tensor's.
    pub(super) fn of_digest(digest: &Digest) -> Option<Self> {
        let is_digit = |byte: u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
        let is_sha256 = digest.sha256.len() == 64 && digest.sha256.bytes().all(is_digit);
        let form = Self {
            dtype: digest.dtype.clone(),
            shape: digest.shape.clone(),
        };
        (is_sha256 && form.is_possible()).then_some(form)
    }

    /// Whether libtorch could have such a tensor.
    pub(super) fn is_possible(&self) -> bool {
        let mut sides = self.shape.iter().map(|&side| i64::try_from(side).ok());
        let count = sides.try_fold(1_i64, |count, side| count.checked_mul(side?.max(1)));
        count.is_some() && self.shape.len() <= MAX_SIDES && self.kind().is_some()
    }

    /// Whether its values are whole numbers.
    pub(crate) fn has_integers(&self) -> bool {
        self.dtype.starts_with(['I', 'U']) || self.dtype == "BOOL"
    }

    /// libtorch's name of the type.
    pub(crate) fn kind(&self) -> Option<Kind> {
        dtype_kind(&self.dtype)
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
