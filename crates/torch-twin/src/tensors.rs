use std::collections::BTreeMap;

use sha2::{Digest, Sha256};
use tch::{Device, Kind, Tensor};

use crate::{Array, Dtype, TorchError, printable};

/// Any tensors by name, in the order of their names.
pub type Tensors = BTreeMap<String, Tensor>;

/// SHA-256, in hexadecimal, of the values of all `tensors`, one after another.
///
/// In Python: `hashlib.sha256(b"".join(t.numpy().tobytes() for t in tensors)).hexdigest()`.
///
/// # Errors
/// What libtorch refuses when the values are copied out.
pub fn sha256<'a>(tensors: impl IntoIterator<Item = &'a Tensor>) -> Result<String, TorchError> {
    // A large tensor is not copied out as a whole.
    const PART: i64 = 1 << 22;
    let mut hasher = Sha256::new();
    for tensor in tensors {
        for part in tensor.f_flatten(0, -1)?.f_split(PART, 0)? {
            hasher.update(tensor_bytes(&part)?);
        }
    }
    Ok(format!("{:x}", hasher.finalize()))
}

/// Type and shape of the tensor `name`.
///
/// # Errors
/// An undefined tensor, and a type that tch does not know.
pub(crate) fn form(name: &str, tensor: &Tensor) -> Result<(Kind, Vec<i64>), TorchError> {
    if !tensor.defined() {
        let name = printable(name);
        return Err(TorchError::new(&format!("{name} is an undefined tensor")));
    }
    Ok((tensor.f_kind()?, tensor.size()))
}

/// `tensor.numpy().tobytes()`: the values row by row, little-endian.
///
/// # Errors
/// What libtorch refuses when the values are copied out.
pub fn tensor_bytes(tensor: &Tensor) -> Result<Vec<u8>, TorchError> {
    let tensor = tensor
        .f_detach()?
        .f_to_device(Device::Cpu)?
        .f_contiguous()?;
    let (kind, _) = form("the tensor", &tensor)?;
    let numel = tensor.numel();
    let mut bytes = vec![0; numel * kind.elt_size_in_bytes()];
    tensor.f_copy_data_u8(&mut bytes, numel)?;
    Ok(bytes)
}

const KINDS: [(Dtype, Kind); 10] = [
    (Dtype::F32, Kind::Float),
    (Dtype::F64, Kind::Double),
    (Dtype::F16, Kind::Half),
    (Dtype::BF16, Kind::BFloat16),
    (Dtype::I64, Kind::Int64),
    (Dtype::I32, Kind::Int),
    (Dtype::I16, Kind::Int16),
    (Dtype::I8, Kind::Int8),
    (Dtype::U8, Kind::Uint8),
    (Dtype::Bool, Kind::Bool),
];

/// The type of an array of values of `kind`.
///
/// # Errors
/// Complex and quantised values, and others that no array has.
pub(crate) fn dtype(kind: Kind) -> Result<Dtype, TorchError> {
    let known = KINDS.iter().find(|(_, known)| *known == kind);
    let unknown = || TorchError::new(&format!("{kind:?} values are neither saved nor compared"));
    known.map(|(dtype, _)| *dtype).ok_or_else(unknown)
}

/// The type, shape and bytes of the tensor `name`, which may be on any device.
///
/// # Errors
/// An undefined tensor, complex and quantised values, and too little memory.
pub fn to_array(name: &str, tensor: &Tensor) -> Result<Array, TorchError> {
    let (kind, sides) = form(name, tensor)?;
    let shape = sides.iter().map(|side| side.unsigned_abs()).collect();
    let array = Array::new(dtype(kind)?, shape, tensor_bytes(tensor)?);
    array.map_err(|error| TorchError::new(&error.to_string()))
}

/// The tensor of an array, on the CPU.
///
/// # Errors
/// Too little memory.
pub fn to_tensor(array: &Array) -> Result<Tensor, TorchError> {
    let known = KINDS.iter().find(|(dtype, _)| *dtype == array.dtype());
    let kind = known.map_or(Kind::Float, |(_, kind)| *kind);
    let sides: Vec<i64> = array
        .shape()
        .iter()
        .map(|&side| side.cast_signed())
        .collect();
    Ok(Tensor::f_from_data_size(array.bytes(), &sides, kind)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tensors_in_parts_transposed_empty_and_of_no_dimension_have_the_digest_of_their_bytes() {
        let large = Tensor::arange(3 * ((1 << 22) + 5), (Kind::Int, Device::Cpu));
        let transposed = large.view((3, -1)).tr();
        let empty = Tensor::zeros([0, 3], (Kind::Half, Device::Cpu));
        let tensors = [transposed, empty, Tensor::from(1.5), large];
        let mut hasher = Sha256::new();
        for tensor in &tensors {
            hasher.update(tensor_bytes(tensor).unwrap());
        }
        assert_eq!(
            sha256(&tensors).unwrap(),
            format!("{:x}", hasher.finalize())
        );
    }
}
