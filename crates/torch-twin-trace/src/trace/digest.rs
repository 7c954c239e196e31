use serde::{Deserialize, Serialize};
use tch::{Kind, Tensor};

use crate::weights::dtype_name;
use crate::{TorchError, sha256};

/// What is kept of a tensor that is too large for the file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Digest {
    /// The type of the values, as safetensors names it: `F32`.
    pub dtype: String,
    /// The sides.
    pub shape: Vec<u64>,
    /// [`sha256`](crate::sha256()) of the values.
    pub sha256: String,
    /// The least value, if it is a finite one.
    pub min: Option<f64>,
    /// The largest value, if it is a finite one.
    pub max: Option<f64>,
    /// The mean of the values in double precision, if it is finite.
    pub mean: Option<f64>,
}

impl Digest {
    /// The digest of `tensor`.
    pub(super) fn of(tensor: &Tensor) -> Result<Self, TorchError> {
        let values = tensor.f_detach()?.f_to_kind(Kind::Double)?;
        // JSON has no NaN and no infinity.
        let finite = |statistic: Tensor| -> Result<Option<f64>, TorchError> {
            let value = statistic.f_double_value(&[])?;
            Ok(value.is_finite().then_some(value))
        };
        let is_empty = values.numel() == 0;
        Ok(Self {
            dtype: dtype_name(tensor.kind())?.to_owned(),
            shape: tensor
                .size()
                .iter()
                .map(|side| side.unsigned_abs())
                .collect(),
            sha256: sha256([tensor])?,
            min: if is_empty {
                None
            } else {
                finite(values.f_min()?)?
            },
            max: if is_empty {
                None
            } else {
                finite(values.f_max()?)?
            },
            mean: if is_empty {
                None
            } else {
                finite(values.f_mean(Kind::Double)?)?
            },
        })
    }
}
