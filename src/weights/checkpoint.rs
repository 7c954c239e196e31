//! The files of `torch.save`: a `state_dict`, plain or beside other things, or a whole module.
//!
//! Their pickles are parsed, not run.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use pytorch_reader::{DType, PytorchReader};
use tch::{Kind, Tensor};

use super::WeightsError;
use super::format::MAX_BYTES;
use crate::TorchError;

/// The keys under which training scripts keep the `state_dict` beside the optimiser's and the rest.
const KEYS: [&str; 3] = ["state_dict", "model_state_dict", "model"];

/// What `torch.nn.DataParallel` puts before each name.
const DATA_PARALLEL: &str = "module.";

/// The `state_dict` of the file `path`.
pub(super) fn load(path: &Path) -> Result<BTreeMap<String, Tensor>, WeightsError> {
    state_dict(tensors(path, path)?).map_err(|reason| malformed(path, reason))
}

/// All tensors of a file, named by their path in it: `state_dict.conv1.weight`.
///
/// `path` names the file in errors; `readable` is where it is read.
pub(super) fn tensors(
    path: &Path,
    readable: &Path,
) -> Result<BTreeMap<String, Tensor>, WeightsError> {
    let reader = PytorchReader::new(readable).map_err(|error| malformed(path, error))?;
    let found = reader.into_tensors();
    // A tensor may claim far more values than the file holds, all of them one value.
    let bytes = found.values().map(|tensor| tensor.byte_len() as u64);
    let bytes = bytes.fold(0, u64::saturating_add);
    if bytes > MAX_BYTES {
        return Err(WeightsError::TooLarge {
            path: path.to_owned(),
            bytes,
            limit: MAX_BYTES,
        });
    }
    let mut tensors = BTreeMap::new();
    for (name, tensor) in found {
        let dtype = tensor.dtype();
        let kind = kind(dtype)
            .ok_or_else(|| malformed(path, format!("{name} has values of type {dtype:?}")))?;
        let data = tensor.read().map_err(|error| malformed(path, error))?;
        let shape: Vec<i64> = tensor.shape().iter().map(|&side| side as i64).collect();
        let tensor = Tensor::f_from_data_size(&data, &shape, kind).map_err(TorchError::from)?;
        tensors.insert(name, tensor);
    }
    Ok(tensors)
}

fn malformed(path: &Path, reason: impl ToString) -> WeightsError {
    WeightsError::Malformed {
        path: path.to_owned(),
        format: "PyTorch file",
        reason: reason.to_string(),
    }
}

/// The `state_dict` among all tensors of a file, which are named by their path in it.
fn state_dict(tensors: BTreeMap<String, Tensor>) -> Result<BTreeMap<String, Tensor>, String> {
    let top: BTreeSet<&str> = tensors
        .keys()
        .filter_map(|name| Some(name.split_once('.')?.0))
        .collect();
    let keys: Vec<&str> = KEYS.into_iter().filter(|key| top.contains(key)).collect();
    let tensors = match keys[..] {
        [] => tensors,
        [key] => below(tensors, &format!("{key}.")),
        _ => {
            return Err(format!(
                "holds weights under more than one key: {}",
                keys.join(", ")
            ));
        }
    };
    if tensors.is_empty() {
        return Err("holds no tensor".to_owned());
    }
    let is_data_parallel = tensors.keys().all(|name| name.starts_with(DATA_PARALLEL));
    Ok(if is_data_parallel {
        below(tensors, DATA_PARALLEL)
    } else {
        tensors
    })
}

/// The tensors whose names begin with `prefix`, without it.
fn below(tensors: BTreeMap<String, Tensor>, prefix: &str) -> BTreeMap<String, Tensor> {
    let tensors = tensors.into_iter();
    tensors
        .filter_map(|(name, tensor)| Some((name.strip_prefix(prefix)?.to_owned(), tensor)))
        .collect()
}

/// The type of libtorch; the unsigned ones are unknown to tch.
fn kind(dtype: DType) -> Option<Kind> {
    match dtype {
        DType::F64 => Some(Kind::Double),
        DType::F32 => Some(Kind::Float),
        DType::F16 => Some(Kind::Half),
        DType::BF16 => Some(Kind::BFloat16),
        DType::I64 => Some(Kind::Int64),
        DType::I32 => Some(Kind::Int),
        DType::I16 => Some(Kind::Int16),
        DType::I8 => Some(Kind::Int8),
        DType::U8 => Some(Kind::Uint8),
        DType::Bool => Some(Kind::Bool),
        DType::U64 | DType::U32 | DType::U16 => None,
    }
}
