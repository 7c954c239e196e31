//! The files of `torch.save`: a `state_dict`, plain or beside other things, or a whole module.
//!
//! Their pickles are parsed, not run.

use std::io::Write;
use std::path::Path;

use pytorch_reader::{DType, PickleError, PytorchError, PytorchReader};
use tch::{Kind, Tensor};
use tempfile::NamedTempFile;

use super::archive::{Archive, ZIP_MAGIC};
use super::pickle::check_repetition;
use super::{Weights, WeightsError};
use crate::{Tensors, TorchError, printable};

/// The keys under which training scripts keep the `state_dict` beside the optimiser's and the rest.
const KEYS: [&str; 3] = ["state_dict", "model_state_dict", "model"];

/// More dimensions than PyTorch computes with.
const MAX_RANK: usize = 64;

/// The `state_dict` of a file, and what is beside it.
pub(super) fn parse(contents: &[u8], max_bytes: u64) -> Result<Weights, WeightsError> {
    let file = if contents.starts_with(ZIP_MAGIC) {
        temporary_file(&checked_archive(contents, max_bytes, Ok)?)?
    } else {
        check_repetition(contents)?;
        temporary_file(contents)?
    };
    let tensors = read_tensors(file.path(), max_bytes)?;
    // `model.weight` may be a tensor's whole name, or `weight` in a dictionary called `model`.
    let is_dictionary = |key: &&str| {
        tensors
            .keys()
            .any(|name| name.starts_with(&format!("{key}.")))
            && PytorchReader::with_top_level_key(file.path(), key).is_ok()
    };
    let keys = KEYS.into_iter().filter(is_dictionary).collect();
    unwrap(tensors, keys).map_err(malformed)
}

/// All tensors in an archive, named by their path in its pickle, as `edit` makes it:
/// `state_dict.conv1.weight`.
pub(super) fn tensors(
    contents: &[u8],
    max_bytes: u64,
    edit: impl Fn(Vec<u8>) -> Result<Vec<u8>, WeightsError>,
) -> Result<Tensors, WeightsError> {
    let archive = checked_archive(contents, max_bytes, edit)?;
    read_tensors(temporary_file(&archive)?.path(), max_bytes)
}

/// The archive written anew, with the pickle that `edit` makes of its own: the reader of pickles is
/// misled by some of PyTorch's archives.
fn checked_archive(
    contents: &[u8],
    max_bytes: u64,
    edit: impl Fn(Vec<u8>) -> Result<Vec<u8>, WeightsError>,
) -> Result<Vec<u8>, WeightsError> {
    Archive::open(contents, max_bytes)?.rewrite(|name, file| {
        // The reader takes the first of these, wherever it is.
        if !name.ends_with("data.pkl") {
            return Ok(Some(file));
        }
        let pickle = edit(file)?;
        check_repetition(&pickle)?;
        Ok(Some(pickle))
    })
}

/// All tensors of a file on disk: the reader goes to and fro in it, and takes nothing but a path.
fn read_tensors(path: &Path, max_bytes: u64) -> Result<Tensors, WeightsError> {
    let reader = PytorchReader::new(path).map_err(refused)?;
    let found = reader.into_tensors();
    // A tensor may claim far more values than the file holds, all of them one value.
    let bytes = found.values().map(|tensor| tensor.byte_len() as u64);
    let bytes = bytes.fold(0, u64::saturating_add);
    if bytes > max_bytes {
        return Err(WeightsError::TooLarge {
            bytes,
            limit: max_bytes,
        });
    }
    let mut tensors = Tensors::new();
    for (name, tensor) in found {
        // The reader takes time for each dimension of each value.
        let rank = tensor.shape().len();
        if rank > MAX_RANK {
            return Err(malformed(format!("{name} has {rank} dimensions")));
        }
        let dtype = tensor.dtype();
        let kind =
            kind(dtype).ok_or_else(|| malformed(format!("{name} has values of type {dtype:?}")))?;
        let data = tensor.read().map_err(malformed)?;
        let shape: Vec<i64> = tensor.shape().iter().map(|&side| side as i64).collect();
        let tensor = Tensor::f_from_data_size(&data, &shape, kind).map_err(TorchError::from)?;
        tensors.insert(name, tensor);
    }
    Ok(tensors)
}

fn temporary_file(contents: &[u8]) -> Result<NamedTempFile, WeightsError> {
    let mut file = NamedTempFile::new().map_err(WeightsError::Io)?;
    file.write_all(contents).map_err(WeightsError::Io)?;
    Ok(file)
}

/// Why a file is not taken: what is not known here need not be damaged.
fn refused(error: PytorchError) -> WeightsError {
    /// The name of a module's class with its source, in the files of before 1.6.
    const CLASS: &str = "storage persistent id has 4 fields";
    match error {
        PytorchError::Pickle(PickleError::UnsupportedType(name)) => {
            WeightsError::Objects(printable(&name))
        }
        PytorchError::Pickle(PickleError::InvalidData(reason)) if reason.starts_with(CLASS) => {
            WeightsError::Objects("a module".to_owned())
        }
        other => malformed(other),
    }
}

fn malformed(reason: impl ToString) -> WeightsError {
    WeightsError::malformed("PyTorch file", reason)
}

/// The `state_dict` among all tensors of a file, which are named by their path in it; `keys` are
/// the dictionaries that may be it.
fn unwrap(tensors: Tensors, keys: Vec<&'static str>) -> Result<Weights, String> {
    let weights = match keys[..] {
        [] => Weights {
            tensors,
            ..Weights::default()
        },
        [key] => in_dictionary(tensors, key),
        _ => {
            return Err(format!(
                "holds weights under more than one key: {}",
                keys.join(", ")
            ));
        }
    };
    match weights.tensors.is_empty() {
        true => Err("holds no tensor".to_owned()),
        false => Ok(weights),
    }
}

/// The tensors of the dictionary `key`, under their names there, and the others.
fn in_dictionary(tensors: Tensors, key: &'static str) -> Weights {
    let mut weights = Weights {
        key: Some(key),
        ..Weights::default()
    };
    for (name, tensor) in tensors {
        match name
            .strip_prefix(key)
            .and_then(|rest| rest.strip_prefix('.'))
        {
            Some(rest) => weights.tensors.insert(rest.to_owned(), tensor),
            None => weights.beside.insert(name, tensor),
        };
    }
    weights
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
