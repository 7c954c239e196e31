//! The safetensors format, with PyTorch's `state_dict` names.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::path::Path;

use safetensors::{Dtype, SafeTensorError, SafeTensors, View};
use tch::{Kind, Tensor};

use super::{Weights, WeightsError};
use crate::{Tensors, TorchError, atomic_file, form, tensor_bytes};

/// Where a file keeps what it says of itself, among the names of its tensors.
const METADATA: &str = "__metadata__";

const KINDS: [(Dtype, Kind, &str); 10] = [
    (Dtype::F32, Kind::Float, "F32"),
    (Dtype::F64, Kind::Double, "F64"),
    (Dtype::F16, Kind::Half, "F16"),
    (Dtype::BF16, Kind::BFloat16, "BF16"),
    (Dtype::I64, Kind::Int64, "I64"),
    (Dtype::I32, Kind::Int, "I32"),
    (Dtype::I16, Kind::Int16, "I16"),
    (Dtype::I8, Kind::Int8, "I8"),
    (Dtype::U8, Kind::Uint8, "U8"),
    (Dtype::BOOL, Kind::Bool, "BOOL"),
];

/// Reads a safetensors file.
pub(super) fn parse(contents: &[u8]) -> Result<Weights, WeightsError> {
    let (_, header) = SafeTensors::read_metadata(contents).map_err(malformed)?;
    let file = SafeTensors::deserialize(contents).map_err(malformed)?;
    let mut tensors = Tensors::new();
    for (name, view) in file.iter() {
        let dtype = view.dtype();
        let Some((_, kind, _)) = KINDS.iter().find(|(known, ..)| *known == dtype) else {
            return Err(malformed(format!("{name} has values of type {dtype:?}")));
        };
        let shape: Vec<i64> = view.shape().iter().map(|&side| side as i64).collect();
        let tensor =
            Tensor::f_from_data_size(view.data(), &shape, *kind).map_err(TorchError::from)?;
        tensors.insert(name.to_owned(), tensor);
    }
    let metadata = header.metadata().clone().unwrap_or_default();
    Ok(Weights {
        tensors,
        metadata: metadata.into_iter().collect(),
        ..Weights::default()
    })
}

/// Writes named tensors, such as those of a `state_dict`, so that `path` holds either all of them or
/// what it held before.
///
/// Equal weights and metadata make equal files.
///
/// # Errors
/// Two tensors of one name, an undefined tensor, values of a type that safetensors has no name for, and a file that
/// cannot be written.
pub fn save<'a>(
    path: &Path,
    tensors: impl IntoIterator<Item = (&'a str, &'a Tensor)>,
    metadata: &BTreeMap<String, String>,
) -> Result<(), WeightsError> {
    let mut serialized = BTreeMap::new();
    for (name, tensor) in tensors {
        let tensor = Serialized::new(name, tensor)?;
        if name == METADATA || serialized.insert(name, tensor).is_some() {
            return Err(WeightsError::Name(name.to_owned()));
        }
    }
    let file = serialize(serialized, metadata).map_err(malformed)?;
    atomic_file::write(path, &file).map_err(WeightsError::Io)
}

fn malformed(reason: impl ToString) -> WeightsError {
    WeightsError::malformed("safetensors file", reason)
}

fn serialize(
    tensors: BTreeMap<&str, Serialized>,
    metadata: &BTreeMap<String, String>,
) -> Result<Vec<u8>, SafeTensorError> {
    let comma = if tensors.is_empty() { "" } else { "," };
    let file = safetensors::serialize(tensors, None)?;
    // The crate keeps metadata in a HashMap, whose order changes from run to run, and the file's
    // bytes with it. So the metadata goes into the header here, in the order of its names.
    let (length, rest) = file.split_at(8);
    let length = u64::from_le_bytes(length.try_into().unwrap_or_default()) as usize;
    let (plain, data) = rest.split_at(length);
    let metadata = serde_json::to_string(metadata)?;
    let mut header = String::from_utf8_lossy(plain).trim_end().replacen(
        '{',
        &format!("{{\"{METADATA}\":{metadata}{comma}"),
        1,
    );
    header += &" ".repeat(header.len().next_multiple_of(8) - header.len());
    let length = (header.len() as u64).to_le_bytes();
    Ok([&length, header.as_bytes(), data].concat())
}

fn dtype_of(kind: Kind) -> Result<(Dtype, &'static str), TorchError> {
    let known = KINDS.iter().find(|(_, known, _)| *known == kind);
    let unknown = || TorchError::new(&format!("safetensors has no name for {kind:?} values"));
    known
        .map(|(dtype, _, name)| (*dtype, *name))
        .ok_or_else(unknown)
}

/// What safetensors calls values of `kind`, such as `F32`.
///
/// # Errors
/// Values for which it has no name.
pub(crate) fn dtype_name(kind: Kind) -> Result<&'static str, TorchError> {
    Ok(dtype_of(kind)?.1)
}

/// The type that safetensors calls `name`; none for those that are not taken here.
pub(crate) fn dtype_kind(name: &str) -> Option<Kind> {
    let known = KINDS.iter().find(|(.., known)| *known == name);
    known.map(|(_, kind, _)| *kind)
}

/// The names of all types that are taken here.
pub(crate) fn dtype_names() -> impl Iterator<Item = &'static str> {
    KINDS.iter().map(|(.., name)| *name)
}

/// A tensor copied out of libtorch.
struct Serialized {
    dtype: Dtype,
    shape: Vec<usize>,
    data: Vec<u8>,
}

impl Serialized {
    fn new(name: &str, tensor: &Tensor) -> Result<Self, TorchError> {
        let (kind, shape) = form(name, tensor)?;
        Ok(Self {
            dtype: dtype_of(kind)?.0,
            shape: shape.iter().map(|&side| side as usize).collect(),
            data: tensor_bytes(tensor)?,
        })
    }
}

impl View for Serialized {
    fn dtype(&self) -> Dtype {
        self.dtype
    }

    fn shape(&self) -> &[usize] {
        &self.shape
    }

    fn data(&self) -> Cow<'_, [u8]> {
        Cow::Borrowed(&self.data)
    }

    fn data_len(&self) -> usize {
        self.data.len()
    }
}
