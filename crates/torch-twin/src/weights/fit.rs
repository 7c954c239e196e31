use std::collections::BTreeMap;
use std::fmt;

use tch::{Kind, Tensor};

use super::{Fault, WeightsError};
use crate::nn::StateDict;
use crate::tensors::dtype;
use crate::{Dtype, Tensors, TorchError, form};

/// Everything that keeps `tensors` from being the weights of a network with `state_dict`.
///
/// # Errors
/// What libtorch refuses when the values are looked at.
pub fn faults(tensors: &Tensors, state_dict: &StateDict) -> Result<Vec<Fault>, TorchError> {
    let mut faults = Vec::new();
    for (name, expected) in state_dict.iter() {
        match tensors.get(name) {
            None if may_be_missing(name) => (),
            None => faults.push(Fault::Missing {
                name: name.to_owned(),
                expected: expected.size(),
            }),
            Some(found) => faults.extend(fault(name, expected, found)?),
        }
    }
    let unexpected = tensors
        .iter()
        .filter(|(name, _)| state_dict.names().all(|known| known != *name));
    faults.extend(unexpected.map(|(name, tensor)| Fault::Unexpected {
        name: name.clone(),
        found: tensor.size(),
    }));
    Ok(faults)
}

/// Whether PyTorch takes a `state_dict` without the tensor `name`, and leaves the module's own: those of
/// before PyTorch 0.4.1 have none.
fn may_be_missing(name: &str) -> bool {
    name.rsplit('.').next() == Some("num_batches_tracked")
}

/// `module.load_state_dict(tensors)`, for the module that `state_dict` belongs to; tells what was
/// converted to fit.
///
/// Floats of another size are converted to the module's, as PyTorch does in silence.
///
/// # Errors
/// [`WeightsError::Unfit`], with every fault that there is; the module is then left as it was.
pub fn load_state_dict(
    tensors: &Tensors,
    state_dict: &StateDict,
) -> Result<Vec<Conversion>, WeightsError> {
    let faults = faults(tensors, state_dict)?;
    if !faults.is_empty() {
        return Err(WeightsError::Unfit { faults });
    }
    let _no_grad = tch::no_grad_guard();
    let mut converted: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for (name, tensor) in state_dict.iter() {
        let Some(source) = tensors.get(name) else {
            continue;
        };
        let mut target = tensor.shallow_clone();
        target.f_copy_(source).map_err(TorchError::from)?;
        if source.kind() != tensor.kind() {
            let names = converted
                .entry(dtype(source.kind())?.torch_name())
                .or_default();
            names.push(name.to_owned());
        }
    }
    let converted = converted.into_iter();
    Ok(converted
        .map(|(from, names)| Conversion { from, names })
        .collect())
}

/// Tensors that were converted on the way from a file into a network.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Conversion {
    /// PyTorch's name of the type that the file has.
    pub from: &'static str,
    /// The tensors.
    pub names: Vec<String>,
}

impl fmt::Display for Conversion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { from, names } = self;
        write!(f, "converted from {from} to float32: {}", names.join(", "))
    }
}

fn fault(name: &str, expected: &Tensor, found: &Tensor) -> Result<Option<Fault>, TorchError> {
    let ((kind, shape), (found_kind, found_shape)) = (form(name, expected)?, form(name, found)?);
    let (expected, found_dtype) = (dtype(kind)?, dtype(found_kind)?);
    let name = name.to_owned();
    if found_shape != shape {
        return Ok(Some(Fault::Shape {
            name,
            expected: shape,
            found: found_shape,
        }));
    }
    let is_convertible = expected == Dtype::F32 && found_dtype.is_float();
    if found_dtype != expected && !is_convertible {
        return Ok(Some(Fault::Kind {
            name,
            expected,
            found: found_dtype,
        }));
    }
    // A float64 may be finite, and too large for a float32.
    let not_finite = found
        .f_to_kind(kind)?
        .f_isfinite()?
        .f_logical_not()?
        .f_sum(Kind::Int64)?
        .f_int64_value(&[])?;
    Ok((not_finite > 0).then_some(Fault::NotFinite {
        name,
        count: not_finite,
    }))
}
