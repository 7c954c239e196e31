//! Arrays of NumPy: `.npz`, an archive of `.npy` files.

use super::archive::Archive;
use super::list::List;
use super::view::View;
use super::{FileError, Weights};
use crate::{Array, Dtype, printable};

/// The arrays of an archive by their names. What holds no numbers is left out.
pub fn parse(contents: &[u8], max_bytes: u64) -> Result<Weights, FileError> {
    let mut archive = Archive::open(contents, max_bytes)?;
    let names: Vec<_> = archive.names().map(str::to_owned).collect();
    let mut weights = Weights::default();
    let mut left_out = List::default();
    for file in names {
        let contents = archive.read(&file)?;
        let name = file.trim_end_matches(".npy");
        let malformed = |reason| FileError::malformed("NumPy file", format!("{name}: {reason}"));
        let header = Header::parse(&contents).ok_or_else(|| malformed("its header is damaged"))?;
        match header.dtype() {
            Some(dtype) => {
                let array = header.array(dtype);
                let array = array.ok_or_else(|| malformed("fewer values than its header tells"))?;
                weights.tensors.push((name.to_owned(), array));
            }
            None => {
                let dtype = printable(header.descr);
                left_out.push(format!("{} (values of type {dtype})", printable(name)));
            }
        }
    }
    weights.notes.extend(left_out.note("left out"));
    match weights.tensors.is_empty() {
        true => Err(FileError::malformed(
            "NumPy file",
            "holds no array of numbers",
        )),
        false => Ok(weights),
    }
}

/// What a `.npy` file tells of its array, and the values.
struct Header<'a> {
    /// The type, such as `<f4`.
    descr: &'a str,
    is_fortran: bool,
    shape: Vec<u64>,
    values: &'a [u8],
}

impl<'a> Header<'a> {
    fn parse(contents: &'a [u8]) -> Option<Self> {
        let rest = contents.strip_prefix(b"\x93NUMPY")?;
        let (&[version, _], rest) = rest.split_first_chunk()?;
        let (length, rest) = match version {
            1 => {
                let (length, rest) = rest.split_first_chunk()?;
                (u16::from_le_bytes(*length).into(), rest)
            }
            _ => {
                let (length, rest) = rest.split_first_chunk()?;
                (u32::from_le_bytes(*length) as usize, rest)
            }
        };
        let (text, values) = rest.split_at_checked(length)?;
        let text = std::str::from_utf8(text).ok()?;
        let entry = |key: &str| Some(text.split_once(key)?.1.trim_start());
        let descr = entry("'descr':")?;
        let sides = entry("'shape':")?.strip_prefix('(')?.split_once(')')?.0;
        let sides = sides
            .split(',')
            .map(str::trim)
            .filter(|side| !side.is_empty());
        Some(Self {
            // What is no text is the list of a structured type.
            descr: match descr.strip_prefix('\'') {
                Some(text) => text.split_once('\'')?.0,
                None => descr.split_once(", 'fortran_order'")?.0,
            },
            is_fortran: entry("'fortran_order':")?.starts_with("True"),
            shape: sides.map(|side| side.parse().ok()).collect::<Option<_>>()?,
            values,
        })
    }

    fn dtype(&self) -> Option<Dtype> {
        Some(match self.descr.get(1..)? {
            "f8" => Dtype::F64,
            "f4" => Dtype::F32,
            "f2" => Dtype::F16,
            "i8" => Dtype::I64,
            "i4" => Dtype::I32,
            "i2" => Dtype::I16,
            "i1" => Dtype::I8,
            "u1" => Dtype::U8,
            "b1" => Dtype::Bool,
            _ => return None,
        })
    }

    /// The array, row by row and little-endian.
    fn array(&self, dtype: Dtype) -> Option<Array> {
        let view = View {
            size: dtype.size() as u64,
            offset: 0,
            strides: strides(&self.shape, self.is_fortran)?,
            shape: self.shape.clone(),
        };
        if !view.fits(self.values.len() as u64) {
            return None;
        }
        let mut bytes = view.copy(self.values);
        if self.descr.starts_with('>') {
            bytes
                .chunks_exact_mut(dtype.size())
                .for_each(<[u8]>::reverse);
        }
        Array::new(dtype, view.shape, bytes).ok()
    }
}

/// The strides of an array without gaps, row by row or, in Fortran's order, column by column.
fn strides(shape: &[u64], is_fortran: bool) -> Option<Vec<u64>> {
    let mut strides = vec![1; shape.len()];
    let mut stride: u64 = 1;
    for place in 0..shape.len() {
        let side = if is_fortran {
            place
        } else {
            shape.len() - 1 - place
        };
        strides[side] = stride;
        stride = stride.checked_mul(shape[side])?;
    }
    Some(strides)
}
